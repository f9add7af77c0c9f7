//! The rule for one signature (docs/protocol.md, "Envelope"). Everything here is public: variable time is fine.

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;

use crate::KernelError;
use crate::bytes::check_size;
use crate::group::{canonical_scalar, combine_vartime, hash_to_scalar};

/// Verdicts, as `src/protocol/table.ts` numbers them. The checks come in this order: scalars, challenge, public key,
/// commitment, equation; what costs least comes first, and the first fault is the verdict.
pub mod verdict {
    pub const VALID: u8 = 0;
    pub const BAD_PUBLIC_KEY: u8 = 20;
    pub const BAD_SCALAR: u8 = 21;
    pub const BAD_COMMITMENT: u8 = 22;
    pub const BAD_CHALLENGE: u8 = 23;
    pub const BAD_SIGNATURE: u8 = 24;
}

/// A message under a signature with its carried commitment.
pub struct Signed<'a> {
    pub key: &'a [u8; 32],
    pub signature: Signature<'a>,
    /// The message's parts, in order.
    pub message: [&'a [u8]; 3],
}

/// s, e and R of 96 bytes.
#[derive(Clone, Copy)]
pub struct Signature<'a> {
    pub s: &'a [u8; 32],
    pub e: &'a [u8; 32],
    pub r: &'a [u8; 32],
}

impl<'a> Signature<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (s, rest) = bytes.split_first_chunk()?;
        let (e, rest) = rest.split_first_chunk()?;
        Some(Self { s, e, r: rest.try_into().ok()? })
    }
}

/// s and e of a signature that passed the cheap checks.
pub struct Claim {
    pub s: Scalar,
    pub e: Scalar,
}

/// The point of a canonical encoding.
pub fn decode_point(bytes: &[u8; 32]) -> Option<RistrettoPoint> {
    CompressedRistretto(*bytes).decompress()
}

/// The only canonical encoding of the identity.
const IDENTITY: [u8; 32] = [0; 32];

/// A public key that may sign: a canonical encoding, not of the identity (under which anyone can sign).
pub fn decode_key(key: &[u8; 32]) -> Option<RistrettoPoint> {
    if *key == IDENTITY { None } else { decode_point(key) }
}

/// What needs no point: canonical scalars and the hash equation over the encodings as they are. It costs a twentieth of
/// the whole, and most bad signatures end here.
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

/// A plain TOS account signature: s and e, without R. The identity key is refused.
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

/// None where a part has no canonical encoding.
fn verify_decoded(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Option<bool> {
    let (s, e) = signature.split_first_chunk()?;
    let s = canonical_scalar(s)?;
    let e = canonical_scalar(e.try_into().ok()?)?;
    let r = combine_vartime(s, &[-e], &[decode_key(key)?]).compress();
    Some(hash_to_scalar(&[key, message, r.as_bytes()]) == e)
}
