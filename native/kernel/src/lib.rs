//! The hot paths of `tos-ai-sync` in plain Rust: no I/O, no foreign functions, no clock and no randomness.
//!
//! Arguments and results are packed bytes, one call per batch. The layouts are those of `src/protocol/table.ts` and
//! `src/kernel/consensus-layout.ts`. The rules are those of docs/protocol.md, "Envelope". The bindings in
//! `native/addon` and `wasm` convert types and call these functions.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

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

/// An incremental BLAKE3-256.
pub use blake3::Hasher;
pub use consensus::consensus;
pub use envelope::CONTEXT_BYTES;
pub use error::KernelError;
pub use scan::{MAX_ROWS, ROW_BYTES, scan};
pub use sign::{Signer, public_key, sign};
pub use signature::verify_plain;
pub use verify::{NOT_ASKED, Verifier};

/// Bytes of an input at most (16 MiB). The largest honest input has a few MiB. The cap bounds the memory of one call.
/// Functions that return no error do not check it.
pub const MAX_INPUT_BYTES: usize = 16 << 20;

/// BLAKE3-256 of `input`. Any length is accepted: the bindings check [`MAX_INPUT_BYTES`].
#[must_use]
pub fn hash(input: &[u8]) -> [u8; 32] {
    *blake3::hash(input).as_bytes()
}

#[cfg(test)]
mod tests;
