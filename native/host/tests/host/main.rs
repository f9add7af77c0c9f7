//! The host against real processes: the fake plugin in all its personalities.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should say where")]

mod broken;
mod calls;
mod crates;
mod delay;
mod documents;
mod events;
mod life;
#[cfg(target_os = "linux")]
mod orphan;
mod stage;
mod stop;
