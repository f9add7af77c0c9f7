#[path = "../source_digest.rs"]
mod source_digest;

fn main() -> std::io::Result<()> {
    napi_build::setup();
    source_digest::emit("tos-ai-addon", "native/addon")
}
