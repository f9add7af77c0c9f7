//! A cache of decompressed public keys. Decompression is a fifth of the cost of a signature in a batch.

use curve25519_dalek::ristretto::RistrettoPoint;

/// Keys in the cache at most: 3 MiB at 192 bytes each. That is more than the authors who are active in a day.
pub const CAPACITY: usize = 16_384;
/// Keys in a set. A set is searched from end to end and kept in order of use, so it must be short.
const WAYS: usize = 8;
const SETS: usize = CAPACITY / WAYS;

struct Entry {
    key: [u8; 32],
    point: RistrettoPoint,
}

/// A set-associative cache. A full set evicts its least recently used key.
pub struct KeyCache {
    multipliers: [u128; 4],
    /// Each set allocates the memory for [`WAYS`] keys with its first key. The most recently used key is first.
    sets: Vec<Vec<Entry>>,
}

impl KeyCache {
    /// An empty cache. The set of a key depends on `secret`, so nobody outside can choose keys that share a set.
    pub fn new(secret: &[u8; 32]) -> Self {
        let mut stream = blake3::Hasher::new_keyed(secret).update(b"tos-ai-sync/key-cache/v1\0").finalize_xof();
        let multipliers = core::array::from_fn(|_| {
            let mut bytes = [0; 16];
            stream.fill(&mut bytes);
            u128::from_le_bytes(bytes)
        });
        Self { multipliers, sets: core::iter::repeat_with(Vec::new).take(SETS).collect() }
    }

    /// The point of a key, if it is cached. The key becomes the most recently used of its set.
    pub fn find(&mut self, key: &[u8; 32]) -> Option<RistrettoPoint> {
        let set = self.set(key)?;
        let at = set.iter().position(|entry| entry.key == *key)?;
        set.get_mut(..=at)?.rotate_right(1);
        set.first().map(|entry| entry.point)
    }

    /// Adds a key. The caller has verified a signature of the key, so keys that sign nothing evict none.
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

    /// The set of a key, by multiply-shift hashing of its four words. This hash family is universal for any keys.
    fn set(&mut self, key: &[u8; 32]) -> Option<&mut Vec<Entry>> {
        let (words, _) = key.as_chunks::<8>();
        let mixed = words.iter().zip(&self.multipliers).fold(0_u128, |sum, (word, multiplier)| {
            sum.wrapping_add(multiplier.wrapping_mul(u128::from(u64::from_le_bytes(*word))))
        });
        let index = (mixed >> 64) as usize % SETS;
        self.sets.get_mut(index)
    }

    /// Keys in the cache.
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
    fn evicts_unused_keys_at_its_capacity_and_keeps_the_keys_in_use() {
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
