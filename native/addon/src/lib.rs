//! Node-API binding of `tos-ai-kernel`: types and marshalling only.
//!
//! The layouts of arguments and results are those of the kernel's functions. The message of an error begins with its
//! reason code (`src/protocol/errors.ts`) and ": ". A panic becomes an error too: napi catches those of synchronous
//! functions, and [`Verification`] those of tasks.

#![warn(missing_docs)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use napi::bindgen_prelude::{AsyncTask, External, Uint8Array, Uint8ArraySlice};
use napi::{Env, Error, Result, Status, Task};
use napi_derive::napi;
use tos_ai_kernel::{Hasher, KernelError, MAX_INPUT_BYTES, Signer, Verifier};

/// Version of this crate. The loader refuses an addon whose version is not that of the package.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Digest of the sources of this build, in hex. The loader refuses an addon whose digest is not that of the package's
/// sources.
#[napi(catch_unwind)]
pub fn source_digest() -> &'static str {
    env!("TOS_AI_SOURCE_DIGEST")
}

/// Writes BLAKE3-256 of `input` into `out`. `bad_parameters` if `input` is over 16 MiB or `out` is not 32 bytes.
#[napi(catch_unwind)]
pub fn hash(input: Uint8ArraySlice<'_>, out: Uint8ArraySlice<'_>) -> Result<()> {
    check_size(&input)?;
    write_digest(tos_ai_kernel::hash(&input), out)
}

/// A hasher; none after [`hasher_free`], which releases its 2 KiB before the garbage collector would.
type Hash = Option<Box<Hasher>>;

const ENDED: &str = "the hash has ended";

/// A new incremental BLAKE3-256, without parts.
#[napi(catch_unwind)]
pub fn hasher() -> External<Hash> {
    External::new(Some(Box::new(Hasher::new())))
}

/// Adds the next part. `bad_parameters` if it is over 16 MiB or the hasher has ended.
#[napi(catch_unwind)]
pub fn hasher_update(hash: &mut External<Hash>, input: &[u8]) -> Result<()> {
    check_size(input)?;
    let Some(hasher) = &mut **hash else { return Err(bad_parameters(ENDED)) };
    hasher.update(input);
    Ok(())
}

/// Writes BLAKE3-256 of all parts into `out`. `bad_parameters` if `out` is not 32 bytes or the hasher has ended.
#[napi(catch_unwind)]
pub fn hasher_digest(hash: &External<Hash>, out: Uint8ArraySlice<'_>) -> Result<()> {
    let Some(hasher) = &**hash else { return Err(bad_parameters(ENDED)) };
    write_digest(*hasher.finalize().as_bytes(), out)
}

/// Ends a hasher and frees its memory. A second call does nothing.
#[napi(catch_unwind)]
pub fn hasher_free(hash: &mut External<Hash>) {
    hash.take();
}

/// The table of packed bundles, with the errors of [`tos_ai_kernel::scan`].
#[napi(catch_unwind)]
pub fn scan(input: &[u8], context: &[u8]) -> Result<Uint8Array> {
    tos_ai_kernel::scan(input, context).map(Uint8Array::new).map_err(typed)
}

/// Whether a plain TOS account signature (s and e, 64 bytes) is valid, with the errors of
/// [`tos_ai_kernel::verify_plain`].
#[napi(catch_unwind)]
pub fn verify_plain(public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool> {
    tos_ai_kernel::verify_plain(public_key, message, signature).map_err(typed)
}

/// The signature s, e and R (96 bytes), with the errors of [`tos_ai_kernel::sign`]. The process has one [`Signer`],
/// which caches the values derived from the last private key.
#[napi(catch_unwind)]
pub fn sign(private_key: &[u8], message: &[u8]) -> Result<Uint8Array> {
    static SIGNER: Signer = Signer::new();
    SIGNER.sign(private_key, message).map(|bytes| Uint8Array::new(bytes.to_vec())).map_err(typed)
}

/// The public key of a private scalar (32 bytes each), with the errors of [`tos_ai_kernel::public_key`].
#[napi(catch_unwind)]
pub fn public_key(private_key: &[u8]) -> Result<Uint8Array> {
    tos_ai_kernel::public_key(private_key).map(|bytes| Uint8Array::new(bytes.to_vec())).map_err(typed)
}

/// The packed sums of packed lists of scores, with the errors of [`tos_ai_kernel::consensus`].
#[napi(catch_unwind)]
pub fn consensus(input: &[u8]) -> Result<Uint8Array> {
    tos_ai_kernel::consensus(input).map(Uint8Array::new).map_err(typed)
}

/// Verdicts of the rows of a scan, computed on the libuv pool over copies of the arguments. The task fails with the
/// errors of [`Verifier::verify`], and with `kernel_failed` after a panic or without randomness of the system.
/// `bad_parameters` at once for an argument of more than 16 MiB.
#[napi(catch_unwind, ts_return_type = "Promise<Uint8Array>")]
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

/// Verdicts of packed items, computed on the libuv pool over a copy of them. The task fails with the errors of
/// [`Verifier::verify_messages`], and with `kernel_failed` as that of [`verify`] does. `bad_parameters` at once for
/// items of more than 16 MiB.
#[napi(catch_unwind, ts_return_type = "Promise<Uint8Array>")]
pub fn verify_messages(items: &[u8]) -> Result<AsyncTask<Verification>> {
    check_size(items)?;
    Ok(AsyncTask::new(Verification::Items(items.to_vec())))
}

/// The task of one call for the libuv pool. The caller bounds the number of tasks
/// (`src/manager/inbound/scan-queue.ts`).
pub enum Verification {
    /// A call of [`verify`].
    Rows {
        /// The packed bundles of the scan.
        input: Vec<u8>,
        /// The table of the scan.
        table: Vec<u8>,
        /// One byte per row: 1 if its signature is to be verified.
        mask: Vec<u8>,
        /// The packed context of the scan.
        context: Vec<u8>,
    },
    /// A call of [`verify_messages`]: its packed items.
    Items(Vec<u8>),
    /// A call of [`panic_in_task`].
    #[cfg(feature = "panics")]
    Panic,
}

/// Panics in the call. Only a test needs it.
#[cfg(feature = "panics")]
#[napi(catch_unwind)]
pub fn panic_here() {
    panic!("as asked");
}

/// Panics in a task on the libuv pool. Only a test needs it.
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

/// The verifier of the process, which all its threads share. Its secret is random.
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

/// Makes glibc keep the memory of batches. A batch of 64 allocates and frees 300 KiB. By default glibc returns this
/// memory to the system, and the next batch needs 55 page faults, a tenth of its time. After a larger block was freed,
/// glibc keeps up to twice its size.
fn keep_memory() {
    const LARGER_THAN_A_BATCH: usize = 1 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGER_THAN_A_BATCH)));
}

fn write_digest(digest: [u8; 32], mut out: Uint8ArraySlice<'_>) -> Result<()> {
    if out.len() != 32 {
        return Err(bad_parameters("the output is not 32 bytes"));
    }
    // SAFETY: no other reference into the buffer exists. The reference to a hashed input, which may overlap, has ended.
    // JavaScript's thread is in this call, and tasks own copies. `src/kernel/limits.ts` refuses shared memory.
    unsafe { out.as_mut() }.copy_from_slice(&digest);
    Ok(())
}

/// `bad_parameters` for more than 16 MiB, before the bytes are copied.
fn check_size(bytes: &[u8]) -> Result<()> {
    if bytes.len() > MAX_INPUT_BYTES { Err(bad_parameters("the input is over 16 MiB")) } else { Ok(()) }
}

/// The error of the kernel with its reason code in the message.
fn typed(error: KernelError) -> Error {
    Error::new(Status::InvalidArg, format!("{}: {error}", error.code()))
}

fn bad_parameters(what: &'static str) -> Error {
    typed(KernelError::BadParameters(what))
}

fn kernel_failed(what: &str) -> Error {
    Error::new(Status::GenericFailure, format!("kernel_failed: {what}"))
}
