use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use zeroize::{Zeroize, Zeroizing};

use crate::KernelError;
use crate::bytes::check_size;
use crate::group::{H, canonical_scalar, hash_to_scalar};

const NONCE_TAG: &[u8] = b"tos-ai-sync/nonce/v1\0";

/// `x^-1 * H`, encoded. All work with private values is in constant time.
pub fn public_key(private_key: &[u8]) -> Result<[u8; 32], KernelError> {
    let (_, inverse) = read_private(private_key)?;
    Ok((*inverse * *H).compress().to_bytes())
}

/// s, e and R under the deterministic nonce `SHA3-512(tag, x, P, message) mod L`.
pub fn sign(private_key: &[u8], message: &[u8]) -> Result<[u8; 96], KernelError> {
    check_size(message)?;
    let (scalar, inverse) = read_private(private_key)?;
    let key = (*inverse * *H).compress();
    let nonce = Zeroizing::new(hash_to_scalar(&[NONCE_TAG, scalar.as_bytes(), key.as_bytes(), message]));
    let mut commitment: RistrettoPoint = *nonce * *H;
    let r = commitment.compress();
    commitment.zeroize();
    let e = hash_to_scalar(&[key.as_bytes(), message, r.as_bytes()]);
    let s = *inverse * e + *nonce;
    let mut signature = [0; 96];
    signature[..32].copy_from_slice(s.as_bytes());
    signature[32..64].copy_from_slice(e.as_bytes());
    signature[64..].copy_from_slice(r.as_bytes());
    Ok(signature)
}

/// The private scalar and its inverse.
fn read_private(private_key: &[u8]) -> Result<(Zeroizing<Scalar>, Zeroizing<Scalar>), KernelError> {
    let Ok(bytes) = <&[u8; 32]>::try_from(private_key) else {
        return Err(KernelError::BadParameters("the private key is not 32 bytes"));
    };
    let scalar = Zeroizing::new(canonical_scalar(bytes).ok_or(KernelError::BadScalar)?);
    if *scalar == Scalar::ZERO {
        return Err(KernelError::BadScalar);
    }
    let inverse = Zeroizing::new(scalar.invert());
    Ok((scalar, inverse))
}
