use std::time::{Duration, Instant};

/// A token bucket with a burst and a refill per second.
#[derive(Debug)]
pub struct Bucket {
    /// The refill time of one token.
    refill: Duration,
    /// The time from empty to full (GCRA, "virtual scheduling").
    capacity: Duration,
    full_at: Instant,
}

impl Bucket {
    /// A full bucket. A refill of zero never refills.
    pub fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        let refill = Duration::from_secs(1).checked_div(per_second).unwrap_or(Duration::from_secs(3600 * 24 * 365));
        Self { refill, capacity: refill.saturating_mul(burst), full_at: now }
    }

    /// Takes a token; false if the bucket is empty.
    pub fn take(&mut self, now: Instant) -> bool {
        let full_at = self.full_at.max(now) + self.refill;
        let taken = full_at.duration_since(now) <= self.capacity;
        if taken {
            self.full_at = full_at;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_burst_at_once_and_the_rate_afterwards() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 4, start);
        assert_eq!((0..100).filter(|_| bucket.take(start)).count(), 10);
        let later = start + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| bucket.take(later)).count(), 4);
        let much_later = start + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| bucket.take(much_later)).count(), 10);
    }

    #[test]
    fn gives_nothing_where_nothing_is_allowed() {
        assert!(!Bucket::new(0, 4, Instant::now()).take(Instant::now()));
        let start = Instant::now();
        let mut once = Bucket::new(1, 0, start);
        assert!(once.take(start) && !once.take(start + Duration::from_secs(3600)));
    }
}
