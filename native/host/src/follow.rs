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

/// A chain that can't be read for so long is spoken of: a node that reloads or replaces its chain takes less.
const SAY_AFTER: Duration = Duration::from_secs(10);

/// Looks where the chain stands, now and then and whenever the node says that it changed, and tells the plugin when it stands
/// elsewhere. The plugin asks for the blocks itself, those that are not stable each time, so that a chain that was rewound,
/// reordered or replaced in between needs no word of its own.
pub struct Follower {
    chain: Arc<dyn ChainSource>,
    every: Duration,
    wait: Duration,
    shared: Arc<Shared>,
    /// Weak: the host's thread ends with the last handle of the node.
    wake: WeakSender<()>,
    logger: Logger,
    /// What the plugin that listens now was sent last.
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

    /// Until it is dropped.
    pub async fn run(mut self) {
        loop {
            // Whichever comes first.
            let _ = timeout(self.every, self.shared.look.notified()).await;
            let reload = self.shared.take_reload();
            if !self.shared.events().is_open() {
                // A plugin that starts asks where the chain stands.
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
            // Full: it is awake already.
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
        let why = self.chain.trouble().unwrap_or_else(|| "it does not answer in time, or says nothing".into());
        self.logger.host(LogLevel::Warn, &format!("the node's chain can't be read: {why}"));
    }
}

/// In a task of its own: a chain that panics is one that can't say.
async fn ask_tip(chain: Arc<dyn ChainSource>, wait: Duration) -> Result<Tip, ChainError> {
    let mut asking = JoinSet::new();
    asking.spawn(async move { timeout(wait, chain.tip()).await });
    match asking.join_next().await {
        Some(Ok(Ok(answer))) => answer,
        _ => Err(ChainError::Unavailable),
    }
}
