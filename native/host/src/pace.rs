use std::time::{Duration, Instant};

/// The window over which output is counted.
const WINDOW: Duration = Duration::from_millis(100);
/// 50,000 lines a second: twice the output for 10,000 events a second with a grant and a log line each. Reading them
/// takes 5% of a core.
const MAX_LINES: usize = 5_000;
/// 64 MiB a second: sixteen of the longest lines. Reading them takes 10% of a core.
const MAX_BYTES: usize = 6_400 << 10;

/// Limits the rate of reading the plugin's output: a flood waits in the pipe and costs the node little CPU.
pub struct Pace {
    window: Instant,
    lines: usize,
    bytes: usize,
}

impl Pace {
    pub const fn new(now: Instant) -> Self {
        Self { window: now, lines: 0, bytes: 0 }
    }

    /// Counts bytes that were read.
    pub fn count(&mut self, now: Instant, bytes: &[u8]) {
        if now.duration_since(self.window) >= WINDOW {
            *self = Self::new(now);
        }
        self.bytes += bytes.len();
        self.lines += bytes.iter().filter(|byte| **byte == b'\n').count();
    }

    /// The end of the pause, if the limit was exceeded.
    pub fn pause(&self, now: Instant) -> Option<Instant> {
        let over = self.lines > MAX_LINES || self.bytes > MAX_BYTES;
        Some(self.window + WINDOW).filter(|end| over && *end > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_what_comes_too_fast_until_its_window_is_over() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.count(start, &[b'\n'; MAX_LINES]);
        assert_eq!(pace.pause(start), None);
        pace.count(start, b"\n");
        assert_eq!(pace.pause(start), Some(start + WINDOW));
        assert_eq!(pace.pause(start + WINDOW), None);
        pace.count(start + WINDOW, &[0; MAX_BYTES]);
        assert_eq!(pace.pause(start + WINDOW), None);
        pace.count(start + WINDOW, &[0]);
        assert_eq!(pace.pause(start + WINDOW), Some(start + 2 * WINDOW));
    }
}
