use std::fs::File;
use std::io::{self, Read};

/// Random bytes of the system. The host needs few: a cookie for each start and one jitter for each restart.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
