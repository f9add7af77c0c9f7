//! ristretto255 with the generator of TOS.

use std::sync::LazyLock;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED;
use curve25519_dalek::ristretto::{RistrettoBasepointTable, RistrettoPoint, VartimeRistrettoPrecomputation};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{VartimeMultiscalarMul, VartimePrecomputedMultiscalarMul};
use sha3::{Digest, Sha3_512};

/// TOS's generator for keys and signatures: ristretto255's one-way map of the SHA3-512 of the encoded basepoint.
pub static H: LazyLock<RistrettoPoint> = LazyLock::new(|| {
    RistrettoPoint::from_uniform_bytes(&Sha3_512::digest(RISTRETTO_BASEPOINT_COMPRESSED.as_bytes()).into())
});

/// Multiples of [`H`] for constant-time products with private scalars.
static TABLE_OF_H: LazyLock<RistrettoBasepointTable> = LazyLock::new(|| RistrettoBasepointTable::create(&H));

/// Multiples of [`H`] for variable-time sums, which take public scalars only.
static MULTIPLES_OF_H: LazyLock<VartimeRistrettoPrecomputation> =
    LazyLock::new(|| VartimeRistrettoPrecomputation::new([*H]));

/// Points from which on curve25519-dalek adds by buckets (Pippenger) instead of by tables (Straus). A sum by buckets
/// has no use for the multiples of [`H`].
const BUCKETS_FROM: usize = 190;

/// `scalar * H`, in constant time.
pub fn multiply_h(scalar: &Scalar) -> RistrettoPoint {
    &*TABLE_OF_H * scalar
}

/// `h * H + sum scalars_i * points_i`, in variable time: for public values only. Both slices have the same length.
pub fn combine_vartime(h: Scalar, scalars: &[Scalar], points: &[RistrettoPoint]) -> RistrettoPoint {
    if points.len() < BUCKETS_FROM {
        return MULTIPLES_OF_H.vartime_mixed_multiscalar_mul([h], scalars, points);
    }
    let scalars = scalars.iter().chain([&h]);
    RistrettoPoint::vartime_multiscalar_mul(scalars, points.iter().chain([&*H]))
}

/// The scalar that is encoded little-endian; none if it is not below the group order L.
pub fn canonical_scalar(bytes: &[u8; 32]) -> Option<Scalar> {
    Scalar::from_canonical_bytes(*bytes).into()
}

/// SHA3-512 of the concatenated parts, as a little-endian number modulo the group order L.
pub fn hash_to_scalar(parts: &[&[u8]]) -> Scalar {
    let mut hasher = Sha3_512::new();
    for part in parts {
        hasher.update(part);
    }
    Scalar::from_bytes_mod_order_wide(&hasher.finalize().into())
}
