//! The rule for one signature (docs/protocol.md, "Envelope"). All values are public, so variable time leaks nothing.

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;

use crate::KernelError;
use crate::bytes::check_size;
use crate::group::{canonical_scalar, combine_vartime, hash_to_scalar};

/// Verdicts, equal to those of `src/protocol/table.ts`. The order of the checks is scalars, challenge, public key,
/// commitment, equation: the cheapest first. The verdict is the first fault.
pub mod verdict {
    /// The signature is valid.
    pub const VALID: u8 = 0;
    /// The key is the identity or not a canonical encoding.
    pub const BAD_PUBLIC_KEY: u8 = 20;
    /// s or e is not a canonical scalar.
    pub const BAD_SCALAR: u8 = 21;
    /// R is not a canonical encoding.
    pub const BAD_COMMITMENT: u8 = 22;
    /// e is not the hash of key, message and R.
    pub const BAD_CHALLENGE: u8 = 23;
    /// `s*H - e*P` is not R.
    pub const BAD_SIGNATURE: u8 = 24;
}

/// A message with its key and its signature, not checked yet.
pub struct Signed<'a> {
    /// Encoded public key P.
    pub key: &'a [u8; 32],
    /// The signature over `message`.
    pub signature: Signature<'a>,
    /// Parts of the message. The message is their concatenation.
    pub message: [&'a [u8]; 3],
}

/// An encoded signature with its nonce commitment.
#[derive(Clone, Copy)]
pub struct Signature<'a> {
    /// Response scalar, little-endian.
    pub s: &'a [u8; 32],
    /// Challenge scalar, little-endian.
    pub e: &'a [u8; 32],
    /// Encoded nonce commitment R.
    pub r: &'a [u8; 32],
}

impl<'a> Signature<'a> {
    /// s, e and R of exactly 96 bytes; none for another length.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (s, rest) = bytes.split_first_chunk()?;
        let (e, rest) = rest.split_first_chunk()?;
        Some(Self { s, e, r: rest.try_into().ok()? })
    }
}

/// Scalars of a signature that passed [`check_cheaply`].
pub struct Claim {
    /// Response scalar.
    pub s: Scalar,
    /// Challenge scalar.
    pub e: Scalar,
}

/// The point that is encoded; none if the encoding is not canonical.
pub fn decode_point(bytes: &[u8; 32]) -> Option<RistrettoPoint> {
    CompressedRistretto(*bytes).decompress()
}

/// The only canonical encoding of the identity.
const IDENTITY: [u8; 32] = [0; 32];

/// The point of a public key; none if the encoding is not canonical or is the identity, for which anyone can sign.
pub fn decode_key(key: &[u8; 32]) -> Option<RistrettoPoint> {
    if *key == IDENTITY { None } else { decode_point(key) }
}

/// The checks that need no point: canonical scalars and the hash equation over the encoded values. They take a
/// twentieth of the time of all checks and find most bad signatures. An error is a byte of [`verdict`].
pub fn check_cheaply(signed: &Signed<'_>) -> Result<Claim, u8> {
    let Signature { s, e, r } = signed.signature;
    let s = canonical_scalar(s).ok_or(verdict::BAD_SCALAR)?;
    let e = canonical_scalar(e).ok_or(verdict::BAD_SCALAR)?;
    let [first, second, third] = signed.message;
    if hash_to_scalar(&[signed.key, first, second, third, r]) != e {
        return Err(verdict::BAD_CHALLENGE);
    }
    Ok(Claim { s, e })
}

/// Whether a plain TOS account signature is valid, in variable time. `public_key` is 32 bytes, `signature` is s and e
/// (64 bytes, without R), `message` has at most [`MAX_INPUT_BYTES`](crate::MAX_INPUT_BYTES). No signature of the
/// identity key is valid.
///
/// # Errors
///
/// [`KernelError::BadParameters`] for a key or a signature of another length, or a larger message.
pub fn verify_plain(public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, KernelError> {
    check_size(message)?;
    let Ok(key) = <&[u8; 32]>::try_from(public_key) else {
        return Err(KernelError::BadParameters("the public key is not 32 bytes"));
    };
    let Ok(signature) = <&[u8; 64]>::try_from(signature) else {
        return Err(KernelError::BadParameters("the signature is not 64 bytes"));
    };
    Ok(verify_decoded(key, message, signature).unwrap_or(false))
}

/// Whether the signature is valid; none if the key or a scalar is not canonical, or the key is the identity.
fn verify_decoded(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Option<bool> {
    let (s, e) = signature.split_first_chunk()?;
    let s = canonical_scalar(s)?;
    let e = canonical_scalar(e.try_into().ok()?)?;
    let r = combine_vartime(s, &[-e], &[decode_key(key)?]).compress();
    Some(hash_to_scalar(&[key, message, r.as_bytes()]) == e)
}
