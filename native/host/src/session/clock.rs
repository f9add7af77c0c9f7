//! Deadlines of a session: start, pings, shutdown.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::value::RawValue;

use super::answers::{Pong, whole};
use super::payloads::ShutdownParams;
use super::{Open, Session};
use crate::error::{Death, Stage};
use crate::status::set;
use crate::wire::{self, WireError};

/// Pings without an answer after which the plugin is killed (docs/managed.md, "Requests").
const MAX_PINGS: usize = 3;

#[derive(Serialize)]
struct NoParams {}

impl Session {
    /// The next deadline for [`Session::tick`].
    pub fn deadline(&self) -> Option<Instant> {
        let limits = &self.setup.limits;
        let stage = match self.stage {
            _ if self.over => None,
            // The tip is requested, which has its own time limit.
            Stage::Manifest if self.open.is_empty() => None,
            Stage::Started | Stage::Manifest => {
                Some((self.last_byte + limits.start_timeout).min(self.born + limits.longest_start))
            }
            Stage::Running => Some(self.next_ping),
            Stage::Stopping => None,
        };
        [stage, self.calls.deadline()].into_iter().flatten().min()
    }

    pub fn tick(&mut self, now: Instant) {
        self.calls.expire(now);
        if self.over || self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.stage {
            Stage::Started | Stage::Manifest => self.die(Death::StartTimeout(self.stage)),
            Stage::Running => self.ping(now),
            Stage::Stopping => {}
        }
    }

    fn ping(&mut self, now: Instant) {
        let unanswered = self.open.values().filter(|open| matches!(open, Open::Ping)).count();
        set(&self.counters.pings_open, unanswered);
        if unanswered >= MAX_PINGS {
            return self.die(Death::Silent);
        }
        self.next_ping = now + self.setup.limits.ping_interval;
        self.ask(Open::Ping, "ping", NoParams {});
    }

    /// Sends `shutdown`. False: the plugin is not running yet and must be terminated.
    pub fn shutdown(&mut self, deadline: Duration) -> bool {
        let asked = matches!(self.stage, Stage::Manifest | Stage::Running) && !self.over;
        self.stage = Stage::Stopping;
        if asked {
            let deadline_ms = u64::try_from(deadline.as_millis()).unwrap_or(wire::MAX_SAFE_INTEGER);
            self.ask(Open::Shutdown, "shutdown", ShutdownParams { deadline_ms });
        }
        asked
    }

    pub(super) fn pong(&mut self, outcome: Result<&RawValue, WireError>) {
        // Any answer proves that the plugin is alive.
        self.open.retain(|_, open| !matches!(open, Open::Ping));
        set(&self.counters.pings_open, 0_u64);
        if let Some(pong) = outcome.ok().and_then(|raw| serde_json::from_str::<Pong>(raw.get()).ok()) {
            set(&self.counters.plugin_ready, u64::from(pong.ready));
            set(&self.counters.plugin_lag_ms, whole(pong.lag_ms));
            set(&self.counters.plugin_memory_bytes, whole(pong.memory_bytes));
        }
    }
}
