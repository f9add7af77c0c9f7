//! Many signatures in one equation: `sum z_i (s_i*H - e_i*P_i - R_i) == 0` with random non-zero 128-bit `z_i`.
//! ristretto255 has prime order, so a batch with a bad member passes with a chance of 2^-128.

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;

use crate::group::combine_vartime;
use crate::signature::{Equation, Signed, check_cheaply, decode_key, verdict};

/// Signatures per equation. Above 64 (128 points) the tables pass the allocator's threshold for fresh pages, and a
/// signature costs more again.
pub const CHUNK: usize = 64;

/// A key of this chunk; many records often share one.
struct Signer<'a> {
    key: &'a [u8; 32],
    point: RistrettoPoint,
}

/// A member that passed the cheap checks.
struct Member {
    index: usize,
    signer: usize,
    equation: Equation,
}

/// The verdicts of at most [`CHUNK`] signatures, in order.
pub fn verify_chunk(signed: &[Signed<'_>], secret: &[u8; 32]) -> Vec<u8> {
    let mut verdicts = Vec::with_capacity(signed.len());
    let mut signers: Vec<Signer<'_>> = Vec::new();
    let mut members: Vec<Member> = Vec::with_capacity(signed.len());
    for (index, item) in signed.iter().enumerate() {
        let checked = find_signer(&mut signers, item.key)
            .ok_or(verdict::BAD_PUBLIC_KEY)
            .and_then(|signer| Ok(Member { index, signer, equation: check_cheaply(item)? }));
        match checked {
            Ok(member) => {
                members.push(member);
                verdicts.push(verdict::VALID);
            }
            Err(code) => verdicts.push(code),
        }
    }
    if members.len() > 1 && batch_holds(signed, &signers, &members, secret) {
        return verdicts;
    }
    for member in &members {
        let holds = signers.get(member.signer).is_some_and(|signer| member.equation.holds(signer.point));
        if let (false, Some(verdict)) = (holds, verdicts.get_mut(member.index)) {
            *verdict = verdict::BAD_SIGNATURE;
        }
    }
    verdicts
}

/// Index of the key among `signers`; none if it may not sign.
fn find_signer<'a>(signers: &mut Vec<Signer<'a>>, key: &'a [u8; 32]) -> Option<usize> {
    if let Some(index) = signers.iter().position(|signer| signer.key == key) {
        return Some(index);
    }
    signers.push(Signer { key, point: decode_key(key)? });
    Some(signers.len() - 1)
}

fn batch_holds(signed: &[Signed<'_>], signers: &[Signer<'_>], members: &[Member], secret: &[u8; 32]) -> bool {
    let coefficients = coefficients(signed, members, secret);
    let mut h = Scalar::ZERO;
    let mut scalars = vec![Scalar::ZERO; signers.len()];
    for (member, z) in members.iter().zip(&coefficients) {
        h -= z * member.equation.s;
        if let Some(scalar) = scalars.get_mut(member.signer) {
            *scalar += z * member.equation.e;
        }
    }
    // The sum is taken negated, so that the coefficients of R stay at 128 bits, which are half as many digits.
    let commitments = members.iter().map(|member| member.equation.r);
    let points = signers.iter().map(|signer| signer.point).chain(commitments);
    combine_vartime(h, scalars.into_iter().chain(coefficients), points).is_identity()
}

/// Coefficients from a transcript over n and all (P, s, e, R), keyed by the process's secret. It is taken after the hash
/// checks have bound each message to its e, so nobody can choose a batch that fits its coefficients.
fn coefficients(signed: &[Signed<'_>], members: &[Member], secret: &[u8; 32]) -> Vec<Scalar> {
    let mut transcript = blake3::Hasher::new_keyed(secret);
    transcript.update(b"tos-ai-sync/batch/v1\0");
    transcript.update(&(members.len() as u64).to_be_bytes());
    for item in members.iter().filter_map(|member| signed.get(member.index)) {
        transcript.update(item.key);
        transcript.update(item.signature.s);
        transcript.update(item.signature.e);
        transcript.update(item.signature.r);
    }
    let mut stream = transcript.finalize_xof();
    let mut next = || {
        let mut bytes = [0; 16];
        stream.fill(&mut bytes);
        Scalar::from(u128::from_le_bytes(bytes).max(1))
    };
    members.iter().map(|_| next()).collect()
}
