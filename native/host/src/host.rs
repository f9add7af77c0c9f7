use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

use crate::chain::{Block, Tip};
use crate::config::HostConfig;
use crate::config_check;
use crate::error::HostError;
use crate::events::{Event, MAX_PEERS, Pushed};
use crate::log::{LogLevel, Logger};
use crate::session::{Answer, Call, Place};
use crate::shared::{Shared, ShutdownReport, Stop};
use crate::status::{Counters, DisabledReason, Metrics, Status, add};
use crate::supervisor;

/// A handle on the plugin. Clones are the same host; when the last one is dropped the plugin is ended.
///
/// Nothing here waits for the plugin, whatever it does: events go into a bounded queue in constant time, calls have a
/// deadline, and all the rest happens on a thread of the host's own. No method panics.
#[derive(Clone)]
pub struct Host(Option<Running>);

#[derive(Clone)]
struct Running {
    shared: Arc<Shared>,
    /// Holds one wish to be looked at; the host's thread ends with the last of its clones.
    wake: mpsc::Sender<()>,
}

impl Host {
    /// Starts the plugin, and returns at once: how that goes is seen in [`Host::status`]. A configuration that can't be meant
    /// is [`DisabledReason::Config`], and an error in its log.
    #[must_use]
    pub fn start(config: HostConfig) -> Self {
        let (wake, woken) = mpsc::channel(1);
        let shared = Arc::new(Shared::new(supervisor::first_status()));
        let paths = match config_check::check(&config) {
            Ok(paths) => paths,
            Err(error) => {
                Logger::new(Arc::clone(&config.log), Instant::now()).host(LogLevel::Error, &error.to_string());
                return Self::failed(DisabledReason::Config(error));
            }
        };
        let theirs = Arc::clone(&shared);
        let weak = wake.downgrade();
        let main = move || {
            // A fault of this crate ends the plugin, not the node.
            let ran = catch_unwind(AssertUnwindSafe(|| supervisor::run(config, paths, &theirs, woken, weak)));
            if ran.is_err() {
                theirs.end(ShutdownReport { stop: Stop::Abandoned, took: Duration::ZERO });
            }
        };
        if let Err(error) = thread::Builder::new().name("tos-ai-host".into()).spawn(main) {
            shared.end(ShutdownReport { stop: Stop::NotRunning, took: Duration::ZERO });
            shared.status.send_replace(Status::Disabled(DisabledReason::Host(error.to_string())));
        }
        Self(Some(Running { shared, wake }))
    }

    /// A host that could not be started.
    pub(crate) fn failed(reason: DisabledReason) -> Self {
        let (wake, _) = mpsc::channel(1);
        let shared = Arc::new(Shared::new(supervisor::first_status()));
        shared.end(ShutdownReport { stop: Stop::NotRunning, took: Duration::ZERO });
        shared.status.send_replace(Status::Disabled(reason));
        Self(Some(Running { shared, wake }))
    }

    /// A host without a plugin: every method returns at once and does nothing. No thread, no process, no memory.
    #[must_use]
    pub const fn disabled() -> Self {
        Self(None)
    }

    /// A block has its place in the order of the chain now. The same place may be told again, with the same or another
    /// hash.
    pub fn block(&self, block: Block) {
        self.event(|| Event::Block(block));
    }

    /// What was above `topoheight` holds no longer.
    pub fn rewound(&self, topoheight: u64, tip: Tip) {
        self.event(|| Event::Rewound { topoheight, tip });
    }

    /// The chain stands here now.
    pub fn tip(&self, tip: Tip) {
        self.event(|| Event::Tip(tip));
    }

    /// The chain changed somehow: a host that follows it ([`HostConfig::follow`]) looks now, and not at its next time. It takes
    /// no lock and may be called while the node holds its own, for every block.
    pub fn changed(&self) {
        if let Some(running) = &self.0 {
            running.shared.look.notify_one();
        }
    }

    /// The chain was replaced, or loaded from the disk again: all that the plugin was told of it is compared. As cheap as
    /// [`Host::changed`]. A host that follows the chain sees a new top without it; this is for what it can't see.
    pub fn reload(&self) {
        if let Some(running) = &self.0 {
            running.shared.order_reload();
            running.shared.look.notify_one();
        }
    }

    /// Machines that run the chain: other nodes of the plugin may be there. The first 64 count;
    /// [`Metrics::peers_left_out`] counts the others.
    pub fn peers(&self, hosts: &[IpAddr]) {
        if let Some(Running { shared, .. }) = &self.0 {
            add(&shared.counters.peers_left_out, hosts.len().saturating_sub(MAX_PEERS) as u64);
        }
        self.event(|| Event::Peers(hosts.get(..MAX_PEERS).unwrap_or(hosts).to_vec()));
    }

    fn event(&self, event: impl FnOnce() -> Event) {
        let Some(running) = &self.0 else { return };
        let counters = &running.shared.counters;
        match running.shared.events().push(event()) {
            Pushed::Unheard => return add(&counters.events_unheard, 1),
            Pushed::Kept { dropped: 0 } => {}
            Pushed::Kept { dropped } => add(&counters.events_dropped, dropped),
        }
        running.wake();
    }

    /// Calls a method of the plugin's API, for the node's own RPC. The future can be awaited on any executor.
    ///
    /// # Errors
    /// The plugin does not run, has no such method, is busy, dies, takes too long, or answers with an error.
    pub async fn call(&self, method: &str, params: Value) -> Result<Answer, HostError> {
        let Some(running) = &self.0 else { return Err(HostError::Disabled) };
        let place = Place::take(&running.shared.counters).ok_or(HostError::Busy)?;
        let (reply, answer) = oneshot::channel();
        running.shared.push_call(Call { method: method.to_owned(), params, reply, place });
        running.wake();
        answer.await.unwrap_or(Err(HostError::PluginTerminated))
    }

    /// As [`Host::call`], with the answer as a value: for a node's RPC that takes one.
    ///
    /// # Errors
    /// As [`Host::call`], and an answer that is no JSON.
    pub async fn call_value(&self, method: &str, params: Value) -> Result<Value, HostError> {
        self.call(method, params).await?.parse().map_err(|_| HostError::BadAnswer)
    }

    /// What the plugin is doing now.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.0 {
            Some(running) => running.shared.status.borrow().clone(),
            None => Status::Disabled(DisabledReason::NotConfigured),
        }
    }

    /// What the plugin is doing, as it changes. It ends with the host; a disabled host's is at its end.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Status> {
        match &self.0 {
            Some(running) => running.shared.status.subscribe(),
            None => watch::channel(self.status()).1,
        }
    }

    /// Counts and gauges.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let Some(Running { shared, .. }) = &self.0 else { return Counters::default().read() };
        let waiting = shared.events().len() as u64;
        Metrics { events_waiting: waiting, ..shared.counters.read() }
    }

    /// Starts a plugin that is disabled, and forgets its deaths. Otherwise nothing.
    pub fn enable(&self) {
        if let Some(running) = &self.0 {
            running.shared.order_enable();
            running.wake();
        }
    }

    /// Stops the plugin, for good: it has until `deadline` to put all on the disk, then its input is closed and SIGTERM
    /// sent, then SIGKILL. Open calls may end, new ones are refused. It may be called more than once.
    pub async fn shutdown(&self, deadline: Duration) -> ShutdownReport {
        let began = Instant::now();
        let Some(running) = &self.0 else {
            return ShutdownReport { stop: Stop::NotRunning, took: Duration::ZERO };
        };
        let mut status = running.shared.status.subscribe();
        running.shared.order_shutdown(deadline);
        running.wake();
        // The sender is in `running`: it can't be gone.
        let _ = status.wait_for(|_| running.shared.report().is_some()).await;
        // A host that never ran was disabled until now: whoever watches it waits for the end.
        running.shared.status.send_if_modified(|status| {
            let ended = *status != Status::Stopped;
            *status = Status::Stopped;
            ended
        });
        let stop = running.shared.report().map_or(Stop::NotRunning, |report| report.stop);
        ShutdownReport { stop, took: began.elapsed() }
    }
}

impl Running {
    fn wake(&self) {
        // Full: it is awake already. Closed: it has ended.
        let _ = self.wake.try_send(());
    }
}
