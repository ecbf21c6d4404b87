//! crypto room.
