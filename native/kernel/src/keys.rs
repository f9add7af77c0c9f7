//! Decompressed public keys that have proved themselves. Decompressing costs a fifth of a signature in a batch.

use curve25519_dalek::ristretto::RistrettoPoint;

/// Keys kept: more than the authors active in a day, at 192 bytes each 3 MiB in all.
pub const CAPACITY: usize = 16_384;
/// Keys in a set. Among so many the oldest is found at a glance, and moving them is one short copy.
const WAYS: usize = 8;
const SETS: usize = CAPACITY / WAYS;

struct Entry {
    key: [u8; 32],
    point: RistrettoPoint,
}

/// A set-associative cache; in each set the key that was used longest ago gives way.
pub struct KeyCache {
    multipliers: [u128; 4],
    /// A set takes its memory when it gets its first key, and never more.
    sets: Vec<Vec<Entry>>,
}

impl KeyCache {
    /// `secret` keeps outsiders from choosing keys that all fall into one set.
    pub fn new(secret: &[u8; 32]) -> Self {
        let mut stream = blake3::Hasher::new_keyed(secret).update(b"tos-ai-sync/key-cache/v1\0").finalize_xof();
        let multipliers = core::array::from_fn(|_| {
            let mut bytes = [0; 16];
            stream.fill(&mut bytes);
            u128::from_le_bytes(bytes)
        });
        Self { multipliers, sets: core::iter::repeat_with(Vec::new).take(SETS).collect() }
    }

    /// The point of a key, which thereby is the newest of its set.
    pub fn find(&mut self, key: &[u8; 32]) -> Option<RistrettoPoint> {
        let set = self.set(key)?;
        let at = set.iter().position(|entry| entry.key == *key)?;
        set.get_mut(..=at)?.rotate_right(1);
        set.first().map(|entry| entry.point)
    }

    /// Keeps a key under which a signature has verified: nobody can fill the cache without signing.
    pub fn insert(&mut self, key: &[u8; 32], point: RistrettoPoint) {
        if self.find(key).is_some() {
            return;
        }
        let Some(set) = self.set(key) else { return };
        if set.capacity() == 0 {
            set.reserve_exact(WAYS);
        }
        set.truncate(WAYS - 1);
        set.insert(0, Entry { key: *key, point });
    }

    /// Multiply-shift hashing of the key's four words: universal, whatever the keys are.
    fn set(&mut self, key: &[u8; 32]) -> Option<&mut Vec<Entry>> {
        let (words, _) = key.as_chunks::<8>();
        let mixed = words.iter().zip(&self.multipliers).fold(0_u128, |sum, (word, multiplier)| {
            sum.wrapping_add(multiplier.wrapping_mul(u128::from(u64::from_le_bytes(*word))))
        });
        let index = (mixed >> 64) as usize % SETS;
        self.sets.get_mut(index)
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.sets.iter().map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::H;

    fn key(number: usize) -> [u8; 32] {
        core::array::from_fn(|at| number.to_le_bytes().get(at).copied().unwrap_or(0))
    }

    #[test]
    fn keeps_its_bound_and_the_keys_in_use() {
        let mut cache = KeyCache::new(&[7; 32]);
        let used = key(1 << 40);
        cache.insert(&used, *H);
        for number in 0..3 * CAPACITY {
            assert!(cache.find(&key(number)).is_none());
            cache.insert(&key(number), *H);
            assert!(cache.find(&used).is_some());
        }
        cache.insert(&used, *H);
        assert!(cache.len() <= CAPACITY && cache.len() > CAPACITY * 9 / 10, "{}", cache.len());
        assert!(cache.find(&key(0)).is_none());
        assert!(cache.sets.iter().all(|set| set.capacity() == WAYS));
    }

    #[test]
    fn spreads_keys_evenly() {
        let mut cache = KeyCache::new(&[7; 32]);
        for number in 0..CAPACITY / 2 {
            cache.insert(&key(number << 20), *H);
        }
        assert!(cache.len() > CAPACITY / 2 * 9 / 10, "{}", cache.len());
    }
}
