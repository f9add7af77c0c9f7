//! The Rust side of `bench/kernel.mjs`, without a binding. Each line of stdin is a command; each answer is one line.
//!
//! - `items FIRST SIGNERS COUNT FILE` writes COUNT packed items to a file, from number FIRST on. Key `i mod SIGNERS`
//!   signs item i over 300 bytes.
//! - `load NAME FILE` reads the items of a file.
//! - `kernel NAME BATCHES SIZE` verifies BATCHES batches of SIZE of these items and starts again after the last one.
//!   The answer is nanoseconds per signature.
//! - `ed25519 BATCHES` verifies BATCHES batches of 64 by `ed25519_dalek::verify_batch`. The answer is nanoseconds per
//!   signature.
//! - `hash COUNT` hashes 300 bytes COUNT times. The answer is nanoseconds per hash.

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;
use std::{fs, thread};

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey, verify_batch};
use tos_ai_kernel::{Verifier, public_key, sign};

const MESSAGE_BYTES: usize = 300;
const ITEM_BYTES: usize = 32 + 96 + 4 + MESSAGE_BYTES;
const BATCH: usize = 64;
/// Batches before the measurement. They fill the caches.
const WARM_UP: usize = 4;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut bench = Bench { workloads: HashMap::new(), verifier: Verifier::new([7; 32]), ed25519: Ed25519::new() };
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words[..] {
            ["items", first, signers, count, file] => {
                fs::write(file, items(first.parse()?, signers.parse()?, count.parse()?)?)?;
                "done".to_owned()
            }
            ["load", name, file] => {
                bench.workloads.insert(name.to_owned(), Workload { items: fs::read(file)?, next: 0 });
                "done".to_owned()
            }
            ["kernel", name, batches, size] => bench.kernel(name, batches.parse()?, size.parse()?)?.to_string(),
            ["ed25519", batches] => bench.ed25519.run(batches.parse()?)?.to_string(),
            ["hash", count] => hash(count.parse()?).to_string(),
            _ => return Err(format!("unknown command: {line}").into()),
        };
        println!("{answer}");
        stdout().flush()?;
    }
    Ok(())
}

fn message(number: usize) -> [u8; MESSAGE_BYTES] {
    let mut message = [0x5a; MESSAGE_BYTES];
    message[..8].copy_from_slice(&(number as u64).to_be_bytes());
    message
}

fn items(first: usize, signers: usize, count: usize) -> Result<Vec<u8>, Failure> {
    let threads = thread::available_parallelism()?.get();
    let part = count.div_ceil(threads).max(1);
    thread::scope(|scope| {
        let work = |from| move || (from..count.min(from + part)).map(|at| item(first + at, signers)).collect();
        let running: Vec<_> = (0..count).step_by(part).map(|from| scope.spawn(work(from))).collect();
        let mut all = Vec::with_capacity(count * ITEM_BYTES);
        for part in running {
            let part: Result<Vec<Vec<u8>>, Failure> = part.join().map_err(|_| "a thread panicked")?;
            all.extend(part?.concat());
        }
        Ok(all)
    })
}

fn item(number: usize, signers: usize) -> Result<Vec<u8>, Failure> {
    let mut private = [0; 32];
    private[..8].copy_from_slice(&((number % signers) as u64 + 1).to_le_bytes());
    // Scalars as large as private keys: smaller ones could be faster.
    private[24..28].copy_from_slice(&[0x5a; 4]);
    let message = message(number);
    let signature = sign(&private, &message)?;
    let length = u32::try_from(MESSAGE_BYTES)?.to_be_bytes();
    Ok([&public_key(&private)?[..], &signature, &length, &message].concat())
}

fn hash(count: usize) -> u128 {
    let message = message(1);
    let start = Instant::now();
    for _ in 0..count {
        black_box(tos_ai_kernel::hash(black_box(&message)));
    }
    start.elapsed().as_nanos() / count as u128
}

fn check_good(verdicts: &[u8]) -> Result<(), Failure> {
    if verdicts.iter().all(|&verdict| verdict == 0) { Ok(()) } else { Err("a good signature was refused".into()) }
}

struct Workload {
    items: Vec<u8>,
    next: usize,
}

struct Bench {
    workloads: HashMap<String, Workload>,
    verifier: Verifier,
    ed25519: Ed25519,
}

impl Bench {
    fn kernel(&mut self, name: &str, batches: usize, size: usize) -> Result<u128, Failure> {
        let Workload { items, next } = self.workloads.get_mut(name).ok_or("no such workload")?;
        let mut start = Instant::now();
        for batch in 0..WARM_UP + batches {
            if batch == WARM_UP {
                start = Instant::now();
            }
            let end = *next + size * ITEM_BYTES;
            check_good(&self.verifier.verify_messages(items.get(*next..end).ok_or("no such items")?)?)?;
            *next = if end + size * ITEM_BYTES > items.len() { 0 } else { end };
        }
        Ok(start.elapsed().as_nanos() / (batches * size) as u128)
    }
}

struct Ed25519 {
    messages: Vec<[u8; MESSAGE_BYTES]>,
    signatures: Vec<Signature>,
    keys: Vec<VerifyingKey>,
}

impl Ed25519 {
    fn new() -> Self {
        let messages: Vec<_> = (0..BATCH).map(message).collect();
        let signers: Vec<_> = (1_u8..).take(BATCH).map(|seed| SigningKey::from_bytes(&[seed; 32])).collect();
        let signatures = signers.iter().zip(&messages).map(|(signer, message)| signer.sign(message)).collect();
        let keys = signers.iter().map(SigningKey::verifying_key).collect();
        Self { messages, signatures, keys }
    }

    fn run(&self, batches: usize) -> Result<u128, Failure> {
        let messages: Vec<&[u8]> = self.messages.iter().map(|message| &message[..]).collect();
        let mut start = Instant::now();
        for batch in 0..WARM_UP + batches {
            if batch == WARM_UP {
                start = Instant::now();
            }
            verify_batch(&messages, &self.signatures, &self.keys)?;
        }
        Ok(start.elapsed().as_nanos() / (batches * BATCH) as u128)
    }
}
