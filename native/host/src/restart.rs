use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The delays of restarts, and their limit (docs/managed.md, "Death and restart").
#[derive(Clone, Debug)]
pub struct RestartPolicy {
    /// The delay after the first death: 0.2 s, so that a killed plugin runs again within a second.
    pub first_wait: Duration,
    /// The longest delay: a minute. The delay doubles up to this.
    pub longest_wait: Duration,
    /// A run of this duration resets the delay: a minute.
    pub long_life: Duration,
    /// After this many deaths within [`RestartPolicy::breaker_window`] the plugin is disabled: 5.
    pub breaker_deaths: usize,
    /// 10 minutes.
    pub breaker_window: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(60),
            long_life: Duration::from_secs(60),
            breaker_deaths: 5,
            breaker_window: Duration::from_secs(600),
        }
    }
}

/// Counts deaths and computes delays.
pub struct Restarts {
    policy: RestartPolicy,
    next_wait: Duration,
    /// At most `breaker_deaths` of them.
    deaths: VecDeque<Instant>,
}

impl Restarts {
    pub fn new(policy: RestartPolicy) -> Self {
        Self { next_wait: policy.first_wait, policy, deaths: VecDeque::new() }
    }

    /// The delay after a death; `ran` is the time in `running`, `jitter` is random. `None`: too many deaths.
    pub fn died(&mut self, now: Instant, ran: Duration, jitter: u8) -> Option<Duration> {
        self.deaths.retain(|death| now.duration_since(*death) < self.policy.breaker_window);
        self.deaths.push_back(now);
        if self.deaths.len() >= self.policy.breaker_deaths {
            return None;
        }
        if ran >= self.policy.long_life {
            self.next_wait = self.policy.first_wait;
        }
        let wait = self.next_wait.min(self.policy.longest_wait);
        self.next_wait = wait.saturating_mul(2);
        // Up to a quarter more at random, so that many nodes do not restart their plugins at once.
        Some(wait + wait / 4 * u32::from(jitter) / 255)
    }

    /// Clears the deaths and the delay, after an enable order.
    pub fn forgive(&mut self) {
        self.deaths.clear();
        self.next_wait = self.policy.first_wait;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn waits_twice_as_long_each_time_and_a_long_life_forgives() {
        let policy = RestartPolicy { breaker_deaths: 100, ..RestartPolicy::default() };
        let mut restarts = Restarts::new(policy);
        let now = Instant::now();
        let waits: Vec<_> =
            (0..11).map(|_| restarts.died(now, Duration::ZERO, 0).map(|wait| wait.as_millis())).collect();
        let expected = [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000].map(Some);
        assert_eq!(waits, expected);
        assert_eq!(restarts.died(now, MINUTE, 0), Some(Duration::from_millis(200)));
    }

    #[test]
    fn adds_a_quarter_at_most() {
        for jitter in 0..=255 {
            let mut restarts = Restarts::new(RestartPolicy::default());
            let wait = restarts.died(Instant::now(), Duration::ZERO, jitter).unwrap().as_millis();
            assert!((200..=250).contains(&wait), "{jitter}: {wait}");
        }
    }

    #[test]
    fn gives_up_after_five_deaths_in_ten_minutes_until_it_is_forgiven() {
        let mut restarts = Restarts::new(RestartPolicy::default());
        let start = Instant::now();
        let mut died = |minute: u32| restarts.died(start + MINUTE * minute, MINUTE, 0).is_some();
        assert!((0..4).all(&mut died));
        assert!(!died(9));
        restarts.forgive();
        assert!(restarts.died(start, Duration::ZERO, 0).is_some());

        let mut slow = Restarts::new(RestartPolicy::default());
        assert!((0..50).all(|i| slow.died(start + MINUTE * 3 * i, MINUTE, 0).is_some()));
    }
}
