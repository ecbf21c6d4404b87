//! vault room.
