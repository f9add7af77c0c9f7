//! The bare Rust half of `bench/kernel.mjs`, told what to do on stdin, one line each; each answer is one line.
//!
//! - `items SIGNERS COUNT FILE` writes packed items, item i signed by key `i mod SIGNERS` over 300 bytes.
//! - `load FILE` takes the items of a file for the next runs.
//! - `kernel BATCHES SIZE` verifies that many batches, going round the items; nanoseconds per signature.
//! - `ed25519 BATCHES` verifies that many batches of 64 by `ed25519_dalek::verify_batch`; nanoseconds per signature.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;
use std::{fs, thread};

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey, verify_batch};
use tos_ai_kernel::{Verifier, public_key, sign};

const MESSAGE_BYTES: usize = 300;
const ITEM_BYTES: usize = 32 + 96 + 4 + MESSAGE_BYTES;
const BATCH: usize = 64;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut bench = Bench { items: Vec::new(), next: 0, verifier: Verifier::new([7; 32]), ed25519: Ed25519::new() };
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words[..] {
            ["items", signers, count, file] => {
                fs::write(file, items(signers.parse()?, count.parse()?)?)?;
                "done".to_owned()
            }
            ["load", file] => {
                bench.items = fs::read(file)?;
                bench.next = 0;
                "done".to_owned()
            }
            ["kernel", batches, size] => bench.kernel(batches.parse()?, size.parse()?)?.to_string(),
            ["ed25519", batches] => bench.ed25519.run(batches.parse()?)?.to_string(),
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

fn items(signers: usize, count: usize) -> Result<Vec<u8>, Failure> {
    let threads = thread::available_parallelism()?.get();
    let part = count.div_ceil(threads).max(1);
    thread::scope(|scope| {
        let work = |from| move || (from..count.min(from + part)).map(|at| item(at, signers)).collect();
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
    // As large as private keys are: small ones could be faster.
    private[24..28].copy_from_slice(&[0x5a; 4]);
    let message = message(number);
    let signature = sign(&private, &message)?;
    let length = u32::try_from(MESSAGE_BYTES)?.to_be_bytes();
    Ok([&public_key(&private)?[..], &signature, &length, &message].concat())
}

struct Bench {
    items: Vec<u8>,
    next: usize,
    verifier: Verifier,
    ed25519: Ed25519,
}

impl Bench {
    fn kernel(&mut self, batches: usize, size: usize) -> Result<u128, Failure> {
        let start = Instant::now();
        for _ in 0..batches {
            let end = self.next + size * ITEM_BYTES;
            let batch = self.items.get(self.next..end).ok_or("no such items")?;
            if self.verifier.verify_messages(batch)?.iter().any(|&verdict| verdict != 0) {
                return Err("a good signature was refused".into());
            }
            self.next = if end + size * ITEM_BYTES > self.items.len() { 0 } else { end };
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
        let start = Instant::now();
        for _ in 0..batches {
            verify_batch(&messages, &self.signatures, &self.keys)?;
        }
        Ok(start.elapsed().as_nanos() / (batches * BATCH) as u128)
    }
}
