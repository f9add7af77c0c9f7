//! Gives the module the digest of its sources.

#[path = "../native/source_digest.rs"]
mod source_digest;

fn main() -> std::io::Result<()> {
    source_digest::emit("tos-ai-wasm", "wasm")
}
