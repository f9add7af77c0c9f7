//! Links the addon as Node.js requires and gives it the digest of its sources.

#[path = "../source_digest.rs"]
mod source_digest;

fn main() -> std::io::Result<()> {
    napi_build::setup();
    source_digest::emit("tos-ai-addon", "native/addon")
}
