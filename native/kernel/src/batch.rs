//! Many signatures in one equation: `sum z_i (s_i*H - e_i*P_i - R_i) == 0` with random non-zero 128-bit `z_i`.
//! ristretto255 has prime order, so a batch with a bad member passes with a chance of 2^-128.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;

use crate::group::combine_vartime;
use crate::keys::KeyCache;
use crate::signature::{Claim, Signed, check_cheaply, decode_key, decode_point, verdict};

/// Signatures of one equation where few are asked for. Up to here (128 points) each one more makes all cheaper.
const CHUNK: usize = 64;
/// Signatures of one equation where many are asked for: the sum is made by buckets then, which pays from about
/// [`LARGE_CHUNK_FROM`] signatures on and saves an eighth. Larger ones save little and lose more to a bad member.
const LARGE_CHUNK: usize = 256;
const LARGE_CHUNK_FROM: usize = 192;
/// Chunks that stay small and are probed after a bad signature.
const WARY_CHUNKS: u32 = 64;

/// Verifies signatures in batches whose coefficients nobody outside the process can foresee.
pub struct Batches {
    secret: [u8; 32],
    keys: Mutex<KeyCache>,
    /// Chunks left to be wary in. What it says changes the time that verdicts take, never a verdict.
    wary: AtomicU32,
}

/// A key of a chunk; many records often share one.
struct Signer<'a> {
    key: &'a [u8; 32],
    /// None if the key may not sign.
    point: Option<RistrettoPoint>,
    cached: bool,
}

/// A signature of a chunk that passed the cheap checks.
struct Candidate {
    index: usize,
    signer: usize,
    claim: Claim,
}

/// A candidate whose points are decoded.
struct Member {
    index: usize,
    signer: usize,
    claim: Claim,
    key: RistrettoPoint,
    commitment: RistrettoPoint,
    /// Whether its equation holds, once that is known.
    good: Option<bool>,
}

impl Member {
    /// `s*H - e*P == R`, alone.
    fn judge(&mut self) -> bool {
        let holds = || combine_vartime(self.claim.s, &[-self.claim.e], &[self.key]) == self.commitment;
        let good = self.good.unwrap_or_else(holds);
        self.good = Some(good);
        good
    }
}

impl Batches {
    pub fn new(secret: [u8; 32]) -> Self {
        Self { secret, keys: Mutex::new(KeyCache::new(&secret)), wary: AtomicU32::new(0) }
    }

    /// One verdict for each, in order.
    pub fn verify(&self, signed: &[Signed<'_>]) -> Vec<u8> {
        let mut verdicts = Vec::with_capacity(signed.len());
        let mut rest = signed;
        while !rest.is_empty() {
            let large = rest.len() >= LARGE_CHUNK_FROM && self.wary.load(Ordering::Relaxed) == 0;
            let length = if large { LARGE_CHUNK } else { CHUNK }.min(rest.len());
            let (chunk, after) = rest.split_at(length);
            verdicts.extend(self.verify_chunk(chunk));
            rest = after;
        }
        verdicts
    }

    /// The cheap checks first, for all; then the keys, mostly from the cache; then the commitments; then the equation.
    fn verify_chunk(&self, signed: &[Signed<'_>]) -> Vec<u8> {
        let mut verdicts = vec![verdict::VALID; signed.len()];
        let mut refuse = |index: usize, code| {
            if let Some(verdict) = verdicts.get_mut(index) {
                *verdict = code;
            }
        };
        let mut candidates = Vec::with_capacity(signed.len());
        let mut signers = Vec::new();
        let mut known = HashMap::with_capacity(signed.len());
        for (index, item) in signed.iter().enumerate() {
            match check_cheaply(item) {
                Ok(claim) => {
                    let signer = *known.entry(item.key).or_insert(signers.len());
                    if signer == signers.len() {
                        signers.push(Signer { key: item.key, point: None, cached: false });
                    }
                    candidates.push(Candidate { index, signer, claim });
                }
                Err(code) => refuse(index, code),
            }
        }
        self.find_points(&mut signers);
        let mut members = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let index = candidate.index;
            match decode(candidate, signed, &signers) {
                Ok(member) => members.push(member),
                Err(code) => refuse(index, code),
            }
        }
        self.judge(signed, &mut members);
        for member in members.iter().filter(|member| member.good != Some(true)) {
            refuse(member.index, verdict::BAD_SIGNATURE);
        }
        self.remember(&members, &signers);
        verdicts
    }

    /// Finds out of each member whether its equation holds.
    fn judge(&self, signed: &[Signed<'_>], members: &mut [Member]) {
        let wary = self.wary.load(Ordering::Relaxed);
        let mut hopeful = members.len() > 1;
        if hopeful && wary > 0 {
            // One of them alone: where all are bad, the equation of all would be in vain.
            let place = wary as usize % members.len();
            hopeful = members.get_mut(place).is_some_and(Member::judge);
        }
        if hopeful && self.hold_together(signed, members) {
            for member in members {
                member.good = Some(true);
            }
            self.wary.store(wary.saturating_sub(1), Ordering::Relaxed);
            return;
        }
        if members.len() > 1 {
            self.wary.store(WARY_CHUNKS, Ordering::Relaxed);
        }
        if members.len() > CHUNK {
            members.chunks_mut(CHUNK).for_each(|part| self.judge(signed, part));
            return;
        }
        for member in members {
            member.judge();
        }
    }

    fn hold_together(&self, signed: &[Signed<'_>], members: &[Member]) -> bool {
        let mut coefficients = self.coefficients(signed, members);
        let mut h = Scalar::ZERO;
        let mut scalars = Vec::with_capacity(2 * members.len());
        let mut points = Vec::with_capacity(2 * members.len());
        // Places of the signers among the points: those who signed several come once.
        let mut places = HashMap::with_capacity(members.len());
        for (member, z) in members.iter().zip(&coefficients) {
            h -= z * member.claim.s;
            let place = *places.entry(member.signer).or_insert(points.len());
            match scalars.get_mut(place) {
                Some(scalar) => *scalar += z * member.claim.e,
                None => {
                    scalars.push(z * member.claim.e);
                    points.push(member.key);
                }
            }
        }
        // The sum is taken negated, so that the coefficients of R stay at 128 bits, which are half as many digits.
        scalars.append(&mut coefficients);
        points.extend(members.iter().map(|member| member.commitment));
        combine_vartime(h, &scalars, &points).is_identity()
    }

    /// Coefficients from a transcript over n and all (P, s, e, R), keyed by the process's secret. It is taken after the
    /// hash checks have bound each message to its e, so nobody can choose a batch that fits its coefficients.
    fn coefficients(&self, signed: &[Signed<'_>], members: &[Member]) -> Vec<Scalar> {
        let mut transcript = blake3::Hasher::new_keyed(&self.secret);
        transcript.update(b"tos-ai-sync/batch/v1\0");
        transcript.update(&(members.len() as u64).to_be_bytes());
        for item in members.iter().filter_map(|member| signed.get(member.index)) {
            transcript.update(item.key);
            transcript.update(item.signature.s);
            transcript.update(item.signature.e);
            transcript.update(item.signature.r);
        }
        let mut stream = vec![0; 16 * members.len()];
        transcript.finalize_xof().fill(&mut stream);
        let (parts, _) = stream.as_chunks::<16>();
        parts.iter().map(|part| Scalar::from(u128::from_le_bytes(*part).max(1))).collect()
    }

    /// Points of keys, from the cache or decoded.
    fn find_points(&self, signers: &mut [Signer<'_>]) {
        let mut cache = self.cache();
        for signer in &mut *signers {
            signer.point = cache.find(signer.key);
            signer.cached = signer.point.is_some();
        }
        drop(cache);
        for signer in signers.iter_mut().filter(|signer| !signer.cached) {
            signer.point = decode_key(signer.key);
        }
    }

    /// Caches the keys under which a signature has verified.
    fn remember(&self, members: &[Member], signers: &[Signer<'_>]) {
        let fresh = |member: &&Member| signers.get(member.signer).is_some_and(|signer| !signer.cached);
        let mut proven = members.iter().filter(|member| member.good == Some(true)).filter(fresh).peekable();
        if proven.peek().is_none() {
            return;
        }
        let mut cache = self.cache();
        for member in proven {
            if let Some(signer) = signers.get(member.signer) {
                cache.insert(signer.key, member.key);
            }
        }
    }

    #[cfg(test)]
    pub fn remembers(&self, key: &[u8; 32]) -> bool {
        self.cache().find(key).is_some()
    }

    fn cache(&self) -> MutexGuard<'_, KeyCache> {
        // A panic while it was held can have left an entry out, nothing worse.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The points of a candidate.
fn decode(candidate: Candidate, signed: &[Signed<'_>], signers: &[Signer<'_>]) -> Result<Member, u8> {
    let Candidate { index, signer, claim } = candidate;
    let key = signers.get(signer).and_then(|signer| signer.point).ok_or(verdict::BAD_PUBLIC_KEY)?;
    let commitment = signed.get(index).and_then(|item| decode_point(item.signature.r));
    Ok(Member { index, signer, claim, key, commitment: commitment.ok_or(verdict::BAD_COMMITMENT)?, good: None })
}
