//! message room.
