//! The host against real processes: the fake plugin in all its personalities.

mod broken;
mod calls;
mod stage;
