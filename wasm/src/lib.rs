//! WebAssembly binding over `tos-ai-kernel`: types and marshalling only. A failure's message begins with its reason code
//! and ": ". Single-threaded: `wasm/worker.mjs` has an instance of its own.

use tos_ai_kernel::{KernelError, Verifier};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

/// Version of this code; the loader takes no other than the package's.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Digest of the sources that this was built from; the loader takes no other than the package's.
#[wasm_bindgen(js_name = sourceDigest)]
#[must_use]
pub fn source_digest() -> String {
    env!("TOS_AI_SOURCE_DIGEST").to_owned()
}

/// BLAKE3-256 of `input` into `out`, which is exactly 32 bytes.
#[wasm_bindgen]
pub fn hash(input: &[u8], out: &mut [u8]) -> Result<(), JsError> {
    let digest = tos_ai_kernel::hash(input);
    let out: &mut [u8; 32] =
        out.try_into().map_err(|_| typed(KernelError::BadParameters("the output is not 32 bytes")))?;
    *out = digest;
    Ok(())
}

/// BLAKE3-256 of what comes part by part.
#[wasm_bindgen]
#[derive(Default)]
pub struct Hasher(tos_ai_kernel::Hasher);

#[wasm_bindgen]
impl Hasher {
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Hasher {
        Self::default()
    }

    /// The next part.
    pub fn update(&mut self, input: &[u8]) {
        self.0.update(input);
    }

    /// BLAKE3-256 of the parts so far: 32 bytes.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        self.0.finalize().as_bytes().to_vec()
    }
}

/// Packed bundles to a table of rows.
#[wasm_bindgen]
pub fn scan(input: &[u8], context: &[u8]) -> Result<Vec<u8>, JsError> {
    tos_ai_kernel::scan(input, context).map_err(typed)
}

/// A plain account signature: s and e.
#[wasm_bindgen(js_name = verifyPlain)]
pub fn verify_plain(public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, JsError> {
    tos_ai_kernel::verify_plain(public_key, message, signature).map_err(typed)
}

/// s, e and R. The copy of the private scalar that crossed is wiped.
#[wasm_bindgen]
pub fn sign(private_key: Vec<u8>, message: &[u8]) -> Result<Vec<u8>, JsError> {
    tos_ai_kernel::sign(&Zeroizing::new(private_key), message).map(|bytes| bytes.to_vec()).map_err(typed)
}

/// The public key of a private scalar, whose copy is wiped.
#[wasm_bindgen(js_name = publicKey)]
pub fn public_key(private_key: Vec<u8>) -> Result<Vec<u8>, JsError> {
    tos_ai_kernel::public_key(&Zeroizing::new(private_key)).map(|bytes| bytes.to_vec()).map_err(typed)
}

/// Packed scores to packed sums.
#[wasm_bindgen]
pub fn consensus(input: &[u8]) -> Result<Vec<u8>, JsError> {
    tos_ai_kernel::consensus(input).map_err(typed)
}

/// Verifies signatures in batches whose coefficients nobody outside the process can foresee.
#[wasm_bindgen(js_name = Verifier)]
pub struct BatchVerifier(Verifier);

#[wasm_bindgen(js_class = Verifier)]
impl BatchVerifier {
    /// `secret` is 32 random bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(secret: &[u8]) -> Result<BatchVerifier, JsError> {
        let secret = secret.try_into().map_err(|_| typed(KernelError::BadParameters("the secret is not 32 bytes")))?;
        Ok(Self(Verifier::new(secret)))
    }

    /// Verdicts of the masked rows of a scan.
    pub fn verify(&self, input: &[u8], table: &[u8], mask: &[u8], context: &[u8]) -> Result<Vec<u8>, JsError> {
        self.0.verify(input, table, mask, context).map_err(typed)
    }

    /// Verdicts of packed items.
    #[wasm_bindgen(js_name = verifyMessages)]
    pub fn verify_messages(&self, items: &[u8]) -> Result<Vec<u8>, JsError> {
        self.0.verify_messages(items).map_err(typed)
    }
}

fn typed(error: KernelError) -> JsError {
    JsError::new(&format!("{}: {error}", error.code()))
}
