//! patient.
