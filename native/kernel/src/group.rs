use std::sync::LazyLock;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED;
use curve25519_dalek::ristretto::{RistrettoPoint, VartimeRistrettoPrecomputation};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimePrecomputedMultiscalarMul;
use sha3::{Digest, Sha3_512};

/// TOS's generator for keys and signatures: the one-way map of SHA3-512 of the encoded basepoint.
pub static H: LazyLock<RistrettoPoint> = LazyLock::new(|| {
    RistrettoPoint::from_uniform_bytes(&Sha3_512::digest(RISTRETTO_BASEPOINT_COMPRESSED.as_bytes()).into())
});

/// Multiples of [`H`] for checks in variable time: of public values only.
static MULTIPLES_OF_H: LazyLock<VartimeRistrettoPrecomputation> =
    LazyLock::new(|| VartimeRistrettoPrecomputation::new([*H]));

/// `h * H + sum scalars_i * points_i`, in variable time.
pub fn combine_vartime<S, P>(h: Scalar, scalars: S, points: P) -> RistrettoPoint
where
    S: IntoIterator<Item = Scalar>,
    P: IntoIterator<Item = RistrettoPoint>,
{
    MULTIPLES_OF_H.vartime_mixed_multiscalar_mul([h], scalars, points)
}

/// A scalar below the group order; none otherwise.
pub fn canonical_scalar(bytes: &[u8; 32]) -> Option<Scalar> {
    Scalar::from_canonical_bytes(*bytes).into()
}

/// SHA3-512 of the parts, one after the other, read little-endian modulo the group order.
pub fn hash_to_scalar(parts: &[&[u8]]) -> Scalar {
    let mut hasher = Sha3_512::new();
    for part in parts {
        hasher.update(part);
    }
    Scalar::from_bytes_mod_order_wide(&hasher.finalize().into())
}
