//! Node-API binding over `tos-ai-kernel`: types and marshalling only. No panic crosses into the host: synchronous
//! functions are wrapped by napi, tasks wrap themselves. A failure's message begins with its reason code and ": ".

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use napi::bindgen_prelude::{AsyncTask, External, Uint8Array, Uint8ArraySlice};
use napi::{Env, Error, Result, Status, Task};
use napi_derive::napi;
use tos_ai_kernel::{Hasher, KernelError, MAX_INPUT_BYTES, Signer, Verifier};

/// Version of this code; the loader takes no other than the package's.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Digest of the sources that this was built from; the loader takes no other than the package's.
#[napi(catch_unwind)]
pub fn source_digest() -> &'static str {
    env!("TOS_AI_SOURCE_DIGEST")
}

/// BLAKE3-256 of `input` into `out`, which is exactly 32 bytes.
#[napi(catch_unwind)]
pub fn hash(input: Uint8ArraySlice<'_>, out: Uint8ArraySlice<'_>) -> Result<()> {
    check_size(&input)?;
    write_digest(tos_ai_kernel::hash(&input), out)
}

/// A hash in the making: none once it has ended, so that its 2 KiB do not wait for the garbage collector.
type Hash = Option<Box<Hasher>>;

const ENDED: &str = "the hash has ended";

/// BLAKE3-256 of what comes part by part.
#[napi(catch_unwind)]
pub fn hasher() -> External<Hash> {
    External::new(Some(Box::new(Hasher::new())))
}

/// The next part.
#[napi(catch_unwind)]
pub fn hasher_update(hash: &mut External<Hash>, input: &[u8]) -> Result<()> {
    check_size(input)?;
    let Some(hasher) = &mut **hash else { return Err(bad_parameters(ENDED)) };
    hasher.update(input);
    Ok(())
}

/// BLAKE3-256 of the parts into `out`, which is exactly 32 bytes.
#[napi(catch_unwind)]
pub fn hasher_digest(hash: &External<Hash>, out: Uint8ArraySlice<'_>) -> Result<()> {
    let Some(hasher) = &**hash else { return Err(bad_parameters(ENDED)) };
    write_digest(*hasher.finalize().as_bytes(), out)
}

/// The end.
#[napi(catch_unwind)]
pub fn hasher_free(hash: &mut External<Hash>) {
    hash.take();
}

/// Packed bundles to a table of rows.
#[napi(catch_unwind)]
pub fn scan(input: &[u8], context: &[u8]) -> Result<Uint8Array> {
    tos_ai_kernel::scan(input, context).map(Uint8Array::new).map_err(typed)
}

/// A plain account signature: s and e.
#[napi(catch_unwind)]
pub fn verify_plain(public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool> {
    tos_ai_kernel::verify_plain(public_key, message, signature).map_err(typed)
}

/// s, e and R. What follows from the last private key is kept for the next call.
#[napi(catch_unwind)]
pub fn sign(private_key: &[u8], message: &[u8]) -> Result<Uint8Array> {
    static SIGNER: Signer = Signer::new();
    SIGNER.sign(private_key, message).map(|bytes| Uint8Array::new(bytes.to_vec())).map_err(typed)
}

/// The public key of a private scalar.
#[napi(catch_unwind)]
pub fn public_key(private_key: &[u8]) -> Result<Uint8Array> {
    tos_ai_kernel::public_key(private_key).map(|bytes| Uint8Array::new(bytes.to_vec())).map_err(typed)
}

/// Packed scores to packed sums.
#[napi(catch_unwind)]
pub fn consensus(input: &[u8]) -> Result<Uint8Array> {
    tos_ai_kernel::consensus(input).map(Uint8Array::new).map_err(typed)
}

/// Verdicts of the masked rows of a scan, computed on the libuv pool over copies of the arguments.
#[napi(catch_unwind)]
pub fn verify(input: &[u8], table: &[u8], mask: &[u8], context: &[u8]) -> Result<AsyncTask<Verification>> {
    for part in [input, table, mask, context] {
        check_size(part)?;
    }
    Ok(AsyncTask::new(Verification::Rows {
        input: input.to_vec(),
        table: table.to_vec(),
        mask: mask.to_vec(),
        context: context.to_vec(),
    }))
}

/// Verdicts of packed items, computed on the libuv pool over a copy of them.
#[napi(catch_unwind)]
pub fn verify_messages(items: &[u8]) -> Result<AsyncTask<Verification>> {
    check_size(items)?;
    Ok(AsyncTask::new(Verification::Items(items.to_vec())))
}

/// One call's work for the pool. How many there are at once is the caller's to bound (src/manager/intake.ts).
pub enum Verification {
    Rows {
        input: Vec<u8>,
        table: Vec<u8>,
        mask: Vec<u8>,
        context: Vec<u8>,
    },
    Items(Vec<u8>),
    #[cfg(feature = "panics")]
    Panic,
}

#[cfg(feature = "panics")]
#[napi(catch_unwind)]
pub fn panic_here() {
    panic!("as asked");
}

#[cfg(feature = "panics")]
#[napi(catch_unwind)]
pub fn panic_in_task() -> AsyncTask<Verification> {
    AsyncTask::new(Verification::Panic)
}

impl Task for Verification {
    type Output = Vec<u8>;
    type JsValue = Uint8Array;

    fn compute(&mut self) -> Result<Vec<u8>> {
        let work = AssertUnwindSafe(|| {
            let verifier = verifier()?;
            match self {
                Self::Rows { input, table, mask, context } => verifier.verify(input, table, mask, context),
                Self::Items(items) => verifier.verify_messages(items),
                #[cfg(feature = "panics")]
                Self::Panic => panic!("as asked"),
            }
            .map_err(typed)
        });
        catch_unwind(work).unwrap_or_else(|_| Err(kernel_failed("a verification panicked")))
    }

    fn resolve(&mut self, _: Env, verdicts: Vec<u8>) -> Result<Uint8Array> {
        Ok(Uint8Array::new(verdicts))
    }
}

/// One secret per process, shared by its worker threads.
fn verifier() -> Result<&'static Verifier> {
    static VERIFIER: OnceLock<Verifier> = OnceLock::new();
    if let Some(verifier) = VERIFIER.get() {
        return Ok(verifier);
    }
    keep_memory();
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| kernel_failed("the system gives no randomness"))?;
    Ok(VERIFIER.get_or_init(|| Verifier::new(secret)))
}

/// A batch of 64 takes 300 KiB and gives them back; glibc would hand them on to the system and fetch them again with 55
/// page faults, a tenth of the batch's time. It keeps up to twice the largest block that was ever freed: so one is.
fn keep_memory() {
    const LARGER_THAN_A_BATCH: usize = 1 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGER_THAN_A_BATCH)));
}

fn write_digest(digest: [u8; 32], mut out: Uint8ArraySlice<'_>) -> Result<()> {
    if out.len() != 32 {
        return Err(bad_parameters("the output is not 32 bytes"));
    }
    // SAFETY: no reference into any buffer is live here: one that was hashed may overlap this one. JavaScript's thread is
    // in this call, and tasks own copies: nobody else touches the bytes, unless the caller shares them between threads.
    unsafe { out.as_mut() }.copy_from_slice(&digest);
    Ok(())
}

fn check_size(bytes: &[u8]) -> Result<()> {
    if bytes.len() > MAX_INPUT_BYTES { Err(bad_parameters("the input is over 16 MiB")) } else { Ok(()) }
}

fn typed(error: KernelError) -> Error {
    Error::new(Status::InvalidArg, format!("{}: {error}", error.code()))
}

fn bad_parameters(what: &'static str) -> Error {
    typed(KernelError::BadParameters(what))
}

fn kernel_failed(what: &str) -> Error {
    Error::new(Status::GenericFailure, format!("kernel_failed: {what}"))
}
