//! Keys and signatures of private scalars, in constant time.

use std::sync::{Mutex, PoisonError};

use curve25519_dalek::scalar::Scalar;
use zeroize::{Zeroize, Zeroizing};

use crate::KernelError;
use crate::bytes::check_size;
use crate::group::{canonical_scalar, hash_to_scalar, multiply_h};

/// Prefix of the hash that is the nonce.
const NONCE_TAG: &[u8] = b"tos-ai-sync/nonce/v1\0";

/// A signer that caches the inverse and the public key of the last private key. That saves half of the time of a
/// signature: a node signs with one key. The cached values are wiped when they are replaced or dropped. Threads may
/// share the signer.
#[derive(Default)]
pub struct Signer {
    last: Mutex<Option<PreparedKey>>,
}

impl Signer {
    /// A signer with an empty cache.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: Mutex::new(None) }
    }

    /// The same signature as [`sign`], from the cache if the key is that of the last call.
    ///
    /// # Errors
    ///
    /// Those of [`sign`].
    pub fn sign(&self, private_key: &[u8], message: &[u8]) -> Result<[u8; 96], KernelError> {
        check_size(message)?;
        let scalar = read_private(private_key)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // The comparison of scalars is constant-time.
        let prepared = match last.take() {
            Some(prepared) if prepared.scalar == *scalar => prepared,
            _ => PreparedKey::new(&scalar),
        };
        Ok(last.insert(prepared).sign(message))
    }
}

/// The public key `x^-1 * H` of a private scalar x, in constant time: 32 bytes, a canonical encoding. `private_key` is
/// 32 bytes, little-endian, canonical and not zero.
///
/// # Errors
///
/// [`KernelError::BadParameters`] for another length, [`KernelError::BadScalar`] for a scalar that is zero or not
/// canonical.
pub fn public_key(private_key: &[u8]) -> Result<[u8; 32], KernelError> {
    Ok(PreparedKey::new(&*read_private(private_key)?).public_key)
}

/// The signature s, e and R (32 bytes each) over `message`, in constant time. The nonce is deterministic:
/// `SHA3-512(tag, x, P, message) mod L`. `private_key` is that of [`public_key`]; `message` has at most
/// [`MAX_INPUT_BYTES`](crate::MAX_INPUT_BYTES).
///
/// # Errors
///
/// [`KernelError::BadParameters`] for a key of another length or a larger message, [`KernelError::BadScalar`] for a
/// scalar that is zero or not canonical.
pub fn sign(private_key: &[u8], message: &[u8]) -> Result<[u8; 96], KernelError> {
    check_size(message)?;
    Ok(PreparedKey::new(&*read_private(private_key)?).sign(message))
}

/// A private key, its inverse and its public key. The private values are wiped on drop.
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

/// The private scalar of 32 bytes. Errors are those of [`sign`].
fn read_private(private_key: &[u8]) -> Result<Zeroizing<Scalar>, KernelError> {
    let Ok(bytes) = <&[u8; 32]>::try_from(private_key) else {
        return Err(KernelError::BadParameters("the private key is not 32 bytes"));
    };
    let scalar = Zeroizing::new(canonical_scalar(bytes).ok_or(KernelError::BadScalar)?);
    if *scalar == Scalar::ZERO { Err(KernelError::BadScalar) } else { Ok(scalar) }
}
