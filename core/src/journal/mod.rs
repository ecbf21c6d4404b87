//! journal room.
