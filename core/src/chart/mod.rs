//! chart room.
