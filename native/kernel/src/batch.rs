//! Verification of many signatures by one equation: `sum z_i (s_i*H - e_i*P_i - R_i) == 0` with random non-zero 128-bit
//! `z_i`. ristretto255 has prime order, so a batch with a bad member passes with probability 2^-128.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;

use crate::group::combine_vartime;
use crate::keys::KeyCache;
use crate::signature::{Claim, Signed, check_cheaply, decode_key, decode_point, verdict};

/// Signatures in one equation of a small batch. Up to this size (128 points) the cost per signature falls.
const CHUNK: usize = 64;
/// Signatures in one equation of a large batch. The sum of so many points uses buckets, which saves an eighth. A larger
/// equation saves little more, and a bad member costs more.
const LARGE_CHUNK: usize = 256;
/// Signatures from which on a batch is large: with fewer, buckets cost more than tables.
const LARGE_CHUNK_FROM: usize = 192;
/// Chunks after a failed equation that are small and have one member verified alone first. A bad member found so saves
/// the equation of its chunk. After 64 chunks without a bad member (4,096 signatures) large equations are used again.
const PROBED_CHUNKS: u32 = 64;

/// A batch verifier. Nobody outside the process can predict its coefficients.
pub struct Batches {
    secret: [u8; 32],
    keys: Mutex<KeyCache>,
    /// Chunks left to probe, at most [`PROBED_CHUNKS`]. The number changes the time of a verdict and no verdict.
    probes_left: AtomicU32,
}

/// A key of a chunk. Several signatures of a chunk often have the same key.
struct Signer<'a> {
    key: &'a [u8; 32],
    /// None if the key is the identity or not a canonical encoding.
    point: Option<RistrettoPoint>,
    cached: bool,
}

/// A signature of a chunk that passed the checks without points. `index` is its place in the chunk, `signer` the place
/// of its key among the chunk's signers.
struct Candidate {
    index: usize,
    signer: usize,
    claim: Claim,
}

/// A candidate with decoded points.
struct Member {
    index: usize,
    signer: usize,
    claim: Claim,
    key: RistrettoPoint,
    commitment: RistrettoPoint,
    /// Whether its equation holds; none before it is verified.
    good: Option<bool>,
}

impl Member {
    /// Whether `s*H - e*P == R` holds. The result is kept in `good`.
    fn verify(&mut self) -> bool {
        let holds = || combine_vartime(self.claim.s, &[-self.claim.e], &[self.key]) == self.commitment;
        let good = self.good.unwrap_or_else(holds);
        self.good = Some(good);
        good
    }
}

impl Batches {
    /// `secret` is 32 random bytes. Coefficients and cache sets depend on it.
    pub fn new(secret: [u8; 32]) -> Self {
        Self { secret, keys: Mutex::new(KeyCache::new(&secret)), probes_left: AtomicU32::new(0) }
    }

    /// One byte of [`verdict`] per signature, in order.
    pub fn verify(&self, signed: &[Signed<'_>]) -> Vec<u8> {
        let mut verdicts = Vec::with_capacity(signed.len());
        let mut rest = signed;
        while !rest.is_empty() {
            let large = rest.len() >= LARGE_CHUNK_FROM && self.probes_left.load(Ordering::Relaxed) == 0;
            let length = if large { LARGE_CHUNK } else { CHUNK }.min(rest.len());
            let (chunk, after) = rest.split_at(length);
            verdicts.extend(self.verify_chunk(chunk));
            rest = after;
        }
        verdicts
    }

    /// The steps for all signatures of a chunk: checks without points, points of the keys, points of the commitments,
    /// equation.
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
        self.verify_members(signed, &mut members);
        for member in members.iter().filter(|member| member.good != Some(true)) {
            refuse(member.index, verdict::BAD_SIGNATURE);
        }
        self.cache_keys(&members, &signers);
        verdicts
    }

    /// Sets `good` of each member.
    fn verify_members(&self, signed: &[Signed<'_>], members: &mut [Member]) {
        let probes_left = self.probes_left.load(Ordering::Relaxed);
        let mut try_equation = members.len() > 1;
        if try_equation && probes_left > 0 {
            // A bad probe saves the cost of an equation that would fail.
            let place = probes_left as usize % members.len();
            try_equation = members.get_mut(place).is_some_and(Member::verify);
        }
        if try_equation && self.equation_holds(signed, members) {
            for member in members {
                member.good = Some(true);
            }
            self.probes_left.store(probes_left.saturating_sub(1), Ordering::Relaxed);
            return;
        }
        if members.len() > 1 {
            self.probes_left.store(PROBED_CHUNKS, Ordering::Relaxed);
        }
        if members.len() > CHUNK {
            members.chunks_mut(CHUNK).for_each(|part| self.verify_members(signed, part));
            return;
        }
        for member in members {
            member.verify();
        }
    }

    /// Whether the batch equation holds over these members.
    fn equation_holds(&self, signed: &[Signed<'_>], members: &[Member]) -> bool {
        let mut coefficients = self.coefficients(signed, members);
        let mut h = Scalar::ZERO;
        let mut scalars = Vec::with_capacity(2 * members.len());
        let mut points = Vec::with_capacity(2 * members.len());
        // Place of each signer's key among the points. The terms of one key are added up, so each key is one point.
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
        // All terms are negated. So the coefficients of R keep 128 bits, half of what a negated one has.
        scalars.append(&mut coefficients);
        points.extend(members.iter().map(|member| member.commitment));
        combine_vartime(h, &scalars, &points).is_identity()
    }

    /// Coefficients from a transcript over n and all (P, s, e, R), keyed by the secret. The hash checks come first and
    /// bind each message to its e. So nobody can choose a batch for known coefficients.
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

    /// Sets the point of each signer, from the cache or by decoding.
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

    /// Caches the keys of the members whose signature is valid.
    fn cache_keys(&self, members: &[Member], signers: &[Signer<'_>]) {
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

    /// Whether the key is in the cache.
    #[cfg(test)]
    pub fn caches(&self, key: &[u8; 32]) -> bool {
        self.cache().find(key).is_some()
    }

    fn cache(&self) -> MutexGuard<'_, KeyCache> {
        // A cache after a panic under the lock is usable: at most an entry is missing.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decodes the commitment of a candidate. An error is a byte of [`verdict`]; a missing key point is reported first.
fn decode(candidate: Candidate, signed: &[Signed<'_>], signers: &[Signer<'_>]) -> Result<Member, u8> {
    let Candidate { index, signer, claim } = candidate;
    let key = signers.get(signer).and_then(|signer| signer.point).ok_or(verdict::BAD_PUBLIC_KEY)?;
    let commitment = signed.get(index).and_then(|item| decode_point(item.signature.r));
    Ok(Member { index, signer, claim, key, commitment: commitment.ok_or(verdict::BAD_COMMITMENT)?, good: None })
}
