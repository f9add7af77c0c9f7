use std::sync::{Mutex, PoisonError};

use curve25519_dalek::scalar::Scalar;
use zeroize::{Zeroize, Zeroizing};

use crate::KernelError;
use crate::bytes::check_size;
use crate::group::{canonical_scalar, hash_to_scalar, multiply_h};

const NONCE_TAG: &[u8] = b"tos-ai-sync/nonce/v1\0";

/// Signs, and keeps what it derived from the last private key: its inverse and its public key, half the work. A node
/// signs with one key. What is kept is wiped when another key takes its place.
#[derive(Default)]
pub struct Signer {
    last: Mutex<Option<PreparedKey>>,
}

impl Signer {
    #[must_use]
    pub const fn new() -> Self {
        Self { last: Mutex::new(None) }
    }

    /// [`sign`], faster from the second signature of a key on.
    pub fn sign(&self, private_key: &[u8], message: &[u8]) -> Result<[u8; 96], KernelError> {
        check_size(message)?;
        let scalar = read_private(private_key)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Scalars are compared in constant time.
        let prepared = match last.take() {
            Some(prepared) if prepared.scalar == *scalar => prepared,
            _ => PreparedKey::new(&scalar),
        };
        Ok(last.insert(prepared).sign(message))
    }
}

/// `x^-1 * H`, encoded. All work with private values is in constant time.
pub fn public_key(private_key: &[u8]) -> Result<[u8; 32], KernelError> {
    Ok(PreparedKey::new(&*read_private(private_key)?).public_key)
}

/// s, e and R under the deterministic nonce `SHA3-512(tag, x, P, message) mod L`.
pub fn sign(private_key: &[u8], message: &[u8]) -> Result<[u8; 96], KernelError> {
    check_size(message)?;
    Ok(PreparedKey::new(&*read_private(private_key)?).sign(message))
}

/// A private key and what follows from it. It is wiped when dropped.
struct PreparedKey {
    scalar: Scalar,
    inverse: Scalar,
    public_key: [u8; 32],
}

impl PreparedKey {
    fn new(scalar: &Scalar) -> Self {
        let inverse = scalar.invert();
        Self { scalar: *scalar, inverse, public_key: multiply_h(&inverse).compress().to_bytes() }
    }

    fn sign(&self, message: &[u8]) -> [u8; 96] {
        let nonce = Zeroizing::new(hash_to_scalar(&[NONCE_TAG, self.scalar.as_bytes(), &self.public_key, message]));
        let mut commitment = multiply_h(&nonce);
        let r = commitment.compress();
        commitment.zeroize();
        let e = hash_to_scalar(&[&self.public_key, message, r.as_bytes()]);
        let s = self.inverse * e + *nonce;
        let mut signature = [0; 96];
        signature[..32].copy_from_slice(s.as_bytes());
        signature[32..64].copy_from_slice(e.as_bytes());
        signature[64..].copy_from_slice(r.as_bytes());
        signature
    }
}

impl Drop for PreparedKey {
    fn drop(&mut self) {
        self.scalar.zeroize();
        self.inverse.zeroize();
    }
}

fn read_private(private_key: &[u8]) -> Result<Zeroizing<Scalar>, KernelError> {
    let Ok(bytes) = <&[u8; 32]>::try_from(private_key) else {
        return Err(KernelError::BadParameters("the private key is not 32 bytes"));
    };
    let scalar = Zeroizing::new(canonical_scalar(bytes).ok_or(KernelError::BadScalar)?);
    if *scalar == Scalar::ZERO { Err(KernelError::BadScalar) } else { Ok(scalar) }
}
