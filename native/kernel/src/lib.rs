//! The hot paths of `tos-ai-sync` as plain Rust: no I/O, no foreign functions, no clock and no randomness.
//!
//! Everything crosses as packed bytes, one call per batch. The layouts are those of `src/protocol/table.ts` and
//! `src/kernel/consensus-layout.ts`; the rules are those of docs/protocol.md, "Envelope". The bindings in `native/addon`
//! and `wasm` only move bytes in and out of these functions.

#![forbid(unsafe_code)]

mod batch;
mod bytes;
mod consensus;
mod envelope;
mod error;
mod group;
mod keys;
mod scan;
mod sign;
mod signature;
mod verify;

/// BLAKE3-256 of what comes part by part.
pub use blake3::Hasher;
pub use consensus::consensus;
pub use envelope::CONTEXT_BYTES;
pub use error::KernelError;
pub use scan::{MAX_ROWS, ROW_BYTES, scan};
pub use sign::{Signer, public_key, sign};
pub use signature::verify_plain;
pub use verify::{NOT_ASKED, Verifier};

/// No input of any function may be larger: the largest honest one is a few MiB, and no caller may ask for more memory
/// than this at once.
pub const MAX_INPUT_BYTES: usize = 16 << 20;

/// BLAKE3-256 of `input`.
#[must_use]
pub fn hash(input: &[u8]) -> [u8; 32] {
    *blake3::hash(input).as_bytes()
}

#[cfg(test)]
mod tests;
