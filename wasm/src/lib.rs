//! WebAssembly binding of `tos-ai-kernel`: types and marshalling only.
//!
//! The layouts of arguments and results are those of the kernel's functions. The message of an error begins with its
//! reason code (`src/protocol/errors.ts`) and ": ". An instance has one thread: each `wasm/worker.mjs` has its own.

#![warn(missing_docs)]

use tos_ai_kernel::{KernelError, Verifier};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

/// Version of this crate. The loader refuses a module whose version is not that of the package.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Digest of the sources of this build, in hex. The loader refuses a module whose digest is not that of the package's
/// sources.
#[wasm_bindgen(js_name = sourceDigest)]
#[must_use]
pub fn source_digest() -> String {
    env!("TOS_AI_SOURCE_DIGEST").to_owned()
}

/// Writes BLAKE3-256 of `input` into `out`. `bad_parameters` if `out` is not 32 bytes. The caller bounds `input`
/// (`src/kernel/limits.ts`).
#[wasm_bindgen]
pub fn hash(input: &[u8], out: &mut [u8]) -> Result<(), JsError> {
    let digest = tos_ai_kernel::hash(input);
    let out: &mut [u8; 32] =
        out.try_into().map_err(|_| typed(KernelError::BadParameters("the output is not 32 bytes")))?;
    *out = digest;
    Ok(())
}

/// An incremental BLAKE3-256.
#[wasm_bindgen]
#[derive(Default)]
pub struct Hasher(tos_ai_kernel::Hasher);

#[wasm_bindgen]
impl Hasher {
    /// A hasher without parts.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Hasher {
        Self::default()
    }

    /// Adds the next part.
    pub fn update(&mut self, input: &[u8]) {
        self.0.update(input);
    }

    /// BLAKE3-256 of the parts so far: 32 bytes.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        self.0.finalize().as_bytes().to_vec()
    }
}

/// The table of packed bundles, with the errors of [`tos_ai_kernel::scan`].
#[wasm_bindgen]
pub fn scan(input: &[u8], context: &[u8]) -> Result<Vec<u8>, JsError> {
    tos_ai_kernel::scan(input, context).map_err(typed)
}

/// Whether a plain TOS account signature (s and e, 64 bytes) is valid, with the errors of
/// [`tos_ai_kernel::verify_plain`].
#[wasm_bindgen(js_name = verifyPlain)]
pub fn verify_plain(public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, JsError> {
    tos_ai_kernel::verify_plain(public_key, message, signature).map_err(typed)
}

/// The signature s, e and R (96 bytes), with the errors of [`tos_ai_kernel::sign`]. The instance's copy of the private
/// scalar is wiped.
#[wasm_bindgen]
pub fn sign(private_key: Vec<u8>, message: &[u8]) -> Result<Vec<u8>, JsError> {
    tos_ai_kernel::sign(&Zeroizing::new(private_key), message).map(|bytes| bytes.to_vec()).map_err(typed)
}

/// The public key of a private scalar (32 bytes each), with the errors of [`tos_ai_kernel::public_key`]. The instance's
/// copy of the scalar is wiped.
#[wasm_bindgen(js_name = publicKey)]
pub fn public_key(private_key: Vec<u8>) -> Result<Vec<u8>, JsError> {
    tos_ai_kernel::public_key(&Zeroizing::new(private_key)).map(|bytes| bytes.to_vec()).map_err(typed)
}

/// The packed sums of packed lists of scores, with the errors of [`tos_ai_kernel::consensus`].
#[wasm_bindgen]
pub fn consensus(input: &[u8]) -> Result<Vec<u8>, JsError> {
    tos_ai_kernel::consensus(input).map_err(typed)
}

/// A verifier of packed signatures. It verifies in batches with random coefficients.
#[wasm_bindgen(js_name = Verifier)]
pub struct BatchVerifier(Verifier);

#[wasm_bindgen(js_class = Verifier)]
impl BatchVerifier {
    /// A verifier with an empty cache. `secret` is 32 random bytes; `bad_parameters` for another length.
    #[wasm_bindgen(constructor)]
    pub fn new(secret: &[u8]) -> Result<BatchVerifier, JsError> {
        let secret = secret.try_into().map_err(|_| typed(KernelError::BadParameters("the secret is not 32 bytes")))?;
        Ok(Self(Verifier::new(secret)))
    }

    /// Verdicts of the rows of a scan, with the errors of [`Verifier::verify`].
    pub fn verify(&self, input: &[u8], table: &[u8], mask: &[u8], context: &[u8]) -> Result<Vec<u8>, JsError> {
        self.0.verify(input, table, mask, context).map_err(typed)
    }

    /// Verdicts of packed items, with the errors of [`Verifier::verify_messages`].
    #[wasm_bindgen(js_name = verifyMessages)]
    pub fn verify_messages(&self, items: &[u8]) -> Result<Vec<u8>, JsError> {
        self.0.verify_messages(items).map_err(typed)
    }
}

/// The error of the kernel with its reason code in the message.
fn typed(error: KernelError) -> JsError {
    JsError::new(&format!("{}: {error}", error.code()))
}
