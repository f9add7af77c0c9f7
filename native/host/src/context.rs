use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Instant, SystemTime};

use tokio::sync::mpsc;

use crate::chain::Bytes32;
use crate::config::HostConfig;
use crate::error::Stage;
use crate::log::{LogLevel, LogSource, Logger};
use crate::session::Reply;
use crate::shared::Shared;
use crate::signing::SigningPolicy;
use crate::status::{Status, add};

/// The clock of the host's thread; a paused tokio clock stops it in tests.
pub fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// The state of the host's thread that every process of the plugin uses in turn: configuration, log, signing budgets,
/// and the node's orders.
pub struct HostContext {
    pub config: HostConfig,
    pub shared: Arc<Shared>,
    pub policy: SigningPolicy,
    pub starting_since: SystemTime,
    logger: Logger,
    wake: mpsc::Receiver<()>,
    /// The last handle was dropped: no more orders arrive.
    forsaken: bool,
}

impl HostContext {
    pub fn new(config: HostConfig, shared: Arc<Shared>, wake: mpsc::Receiver<()>) -> Self {
        let now = now();
        Self {
            policy: SigningPolicy::new(config.signer.clone(), config.limits.signing, now),
            logger: Logger::new(Arc::clone(&config.log), now),
            config,
            shared,
            wake,
            forsaken: false,
            starting_since: SystemTime::now(),
        }
    }

    /// Ready if an order arrived or the last handle was dropped. Reports the drop once.
    pub fn poll_orders(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.forsaken {
            return Poll::Pending;
        }
        self.wake.poll_recv(context).map(|woken| self.forsaken = woken.is_none())
    }

    pub const fn is_forsaken(&self) -> bool {
        self.forsaken
    }

    pub fn starting(&self, stage: Stage, progress: Option<String>) {
        self.shared.status.send_replace(Status::Starting { stage, progress, since: self.starting_since });
    }

    pub fn log(&self, level: LogLevel, message: &str) {
        self.logger.host(level, message);
    }

    pub fn standard_error(&mut self, line: &[u8], now: Instant) {
        let text = String::from_utf8_lossy(line);
        self.plugin_log(now, LogLevel::Warn, LogSource::StandardError, &text, None);
    }

    pub fn plugin_log(
        &mut self,
        now: Instant,
        level: LogLevel,
        source: LogSource,
        message: &str,
        fields: Option<&str>,
    ) {
        let counters = &self.shared.counters;
        let handed_on = self.logger.plugin(now, level, source, message, fields);
        add(if handed_on { &counters.log_lines } else { &counters.log_dropped }, 1);
    }

    pub fn sign(&mut self, now: Instant, key: &Bytes32, message: &[u8]) -> Reply {
        let signed = self.policy.sign(now, key, message);
        let counters = &self.shared.counters;
        add(if signed.is_ok() { &counters.signatures } else { &counters.signatures_refused }, 1);
        match signed {
            Ok(signature) => Reply::Signature(signature),
            Err(refusal) => Reply::Refused(refusal),
        }
    }
}
