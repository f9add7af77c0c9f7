use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::WeakSender;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::chain::{ChainError, ChainSource, Tip};
use crate::config::HostConfig;
use crate::events::{Event, Pushed};
use crate::log::{LogLevel, Logger};
use crate::shared::Shared;
use crate::status::add;

/// The time until an unreadable chain is logged; a node that reloads or replaces its chain takes less.
const SAY_AFTER: Duration = Duration::from_secs(10);

/// Polls the tip of the chain, at an interval and after each [`crate::Host::changed`], and sends a changed tip to the
/// plugin. The plugin requests the new blocks and all that are not stable, so that a rewind or reorder needs no
/// separate event.
pub struct Follower {
    chain: Arc<dyn ChainSource>,
    every: Duration,
    wait: Duration,
    shared: Arc<Shared>,
    /// Weak, because the host's thread ends with the node's last handle.
    wake: WeakSender<()>,
    logger: Logger,
    /// The last tip sent to the current plugin.
    sent: Option<Tip>,
    failing_since: Option<Instant>,
    logged: bool,
}

impl Follower {
    pub fn new(config: &HostConfig, every: Duration, shared: Arc<Shared>, wake: WeakSender<()>) -> Self {
        Self {
            chain: Arc::clone(&config.chain),
            every,
            wait: config.limits.chain_timeout,
            shared,
            wake,
            logger: Logger::new(Arc::clone(&config.log), Instant::now()),
            sent: None,
            failing_since: None,
            logged: false,
        }
    }

    /// Polls until it is dropped.
    pub async fn run(mut self) {
        loop {
            // Waits for the interval or a notification.
            let _ = timeout(self.every, self.shared.look.notified()).await;
            let reload = self.shared.take_reload();
            if !self.shared.events().is_open() {
                // A new plugin gets the tip in `init`.
                self.sent = None;
                continue;
            }
            if reload {
                self.shared.events().lost();
                self.sent = None;
                add(&self.shared.counters.reloads, 1);
            }
            add(&self.shared.counters.looks, 1);
            match ask_tip(Arc::clone(&self.chain), self.wait).await {
                Ok(tip) => self.stands(tip),
                Err(_) => self.fails(),
            }
        }
    }

    fn stands(&mut self, tip: Tip) {
        self.failing_since = None;
        if std::mem::take(&mut self.logged) {
            self.logger.host(LogLevel::Warn, "the node's chain can be read again");
        }
        if self.sent.as_ref() == Some(&tip) {
            return;
        }
        self.sent = Some(tip.clone());
        match self.shared.events().push(Event::Tip(tip)) {
            Pushed::Unheard => add(&self.shared.counters.events_unheard, 1),
            Pushed::Kept { dropped } => add(&self.shared.counters.events_dropped, dropped),
        }
        if let Some(wake) = self.wake.upgrade() {
            // Full: the thread is awake.
            let _ = wake.try_send(());
        }
    }

    fn fails(&mut self) {
        add(&self.shared.counters.looks_failed, 1);
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        if self.logged || since.elapsed() < SAY_AFTER {
            return;
        }
        self.logged = true;
        let why = self.chain.trouble().unwrap_or_else(|| "no answer in time, or no reason given".into());
        self.logger.host(LogLevel::Warn, &format!("the node's chain can't be read: {why}"));
    }
}

/// Runs in a separate task: a panic of the chain counts as unavailable.
async fn ask_tip(chain: Arc<dyn ChainSource>, wait: Duration) -> Result<Tip, ChainError> {
    let mut asking = JoinSet::new();
    asking.spawn(async move { timeout(wait, chain.tip()).await });
    match asking.join_next().await {
        Some(Ok(Ok(answer))) => answer,
        _ => Err(ChainError::Unavailable),
    }
}
