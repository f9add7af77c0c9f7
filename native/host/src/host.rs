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

/// A handle to the plugin. Clones share the plugin; it is terminated when the last clone is dropped.
///
/// No method waits for the plugin: events go into a bounded queue in constant time, calls have a deadline, and all
/// other work runs on the host's own thread. No method panics.
///
/// ```
/// use tos_ai_host::{Host, HostError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // A node without a plugin uses the same code paths.
/// let host = Host::disabled();
/// host.changed();
/// let error = host.call("ai_get_peers", serde_json::json!({})).await.map(|_| ()).unwrap_err();
/// assert_eq!(error, HostError::Disabled);
/// assert_eq!(error.code_i16(), -32_601); // "Method not found", for the node's own RPC.
/// # }
/// ```
#[derive(Clone)]
pub struct Host(Option<Running>);

#[derive(Clone)]
struct Running {
    shared: Arc<Shared>,
    /// Wakes the host's thread; the thread ends when the last clone is dropped.
    wake: mpsc::Sender<()>,
}

impl Host {
    /// Starts the plugin and returns at once; [`Host::status`] shows the progress. An invalid configuration is logged
    /// as an error and sets [`DisabledReason::Config`].
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
            // A panic in this crate ends the plugin, not the node.
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

    /// A host without a plugin: every method returns at once and does nothing. No thread, no process.
    #[must_use]
    pub const fn disabled() -> Self {
        Self(None)
    }

    /// Reports a block at its place in the block order. A later call for the same place may have the same or another
    /// hash.
    pub fn block(&self, block: Block) {
        self.event(|| Event::Block(block));
    }

    /// Reports that the blocks above `topoheight` are no longer valid.
    pub fn rewound(&self, topoheight: u64, tip: Tip) {
        self.event(|| Event::Rewound { topoheight, tip });
    }

    /// Reports the new top of the chain.
    pub fn tip(&self, tip: Tip) {
        self.event(|| Event::Tip(tip));
    }

    /// Reports a change of the chain: a host that polls it ([`HostConfig::follow`]) polls now. Takes no lock and may be
    /// called for every block while the node holds its own locks.
    pub fn changed(&self) {
        if let Some(running) = &self.0 {
            running.shared.look.notify_one();
        }
    }

    /// Reports that the chain was replaced or loaded again: the plugin re-checks all blocks that are not final. As
    /// cheap as [`Host::changed`]. Needed for changes that leave the top as it was.
    pub fn reload(&self) {
        if let Some(running) = &self.0 {
            running.shared.order_reload();
            running.shared.look.notify_one();
        }
    }

    /// Reports machines that run the chain, as hints for peer discovery. The first 64 are used;
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

    /// Calls a method of the plugin's API. The future works on any executor.
    ///
    /// # Errors
    /// The plugin is not running, has no such method, is busy, dies, exceeds the deadline, or answers with an error.
    pub async fn call(&self, method: &str, params: Value) -> Result<Answer, HostError> {
        let Some(running) = &self.0 else { return Err(HostError::Disabled) };
        let place = Place::take(&running.shared.counters).ok_or(HostError::Busy)?;
        let (reply, answer) = oneshot::channel();
        running.shared.push_call(Call { method: method.to_owned(), params, reply, place });
        running.wake();
        answer.await.unwrap_or(Err(HostError::PluginTerminated))
    }

    /// As [`Host::call`], with the answer parsed.
    ///
    /// # Errors
    /// As [`Host::call`], and [`HostError::BadAnswer`] for an answer that is not JSON.
    pub async fn call_value(&self, method: &str, params: Value) -> Result<Value, HostError> {
        self.call(method, params).await?.parse().map_err(|_| HostError::BadAnswer)
    }

    /// The current status of the plugin.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.0 {
            Some(running) => running.shared.status.borrow().clone(),
            None => Status::Disabled(DisabledReason::NotConfigured),
        }
    }

    /// A watch on the status. The channel closes with the host; that of a disabled host is closed from the start.
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

    /// Starts a disabled plugin and clears its count of deaths. Does nothing in any other status.
    pub fn enable(&self) {
        if let Some(running) = &self.0 {
            running.shared.order_enable();
            running.wake();
        }
    }

    /// Stops the plugin for good. The plugin has until `deadline` to write its state; then its input is closed and
    /// SIGTERM sent, then SIGKILL. Open calls may still be answered; new ones are refused. May be called more than
    /// once.
    pub async fn shutdown(&self, deadline: Duration) -> ShutdownReport {
        let began = Instant::now();
        let Some(running) = &self.0 else {
            return ShutdownReport { stop: Stop::NotRunning, took: Duration::ZERO };
        };
        let mut status = running.shared.status.subscribe();
        running.shared.order_shutdown(deadline);
        running.wake();
        // `running` holds the sender, so that the channel is open.
        let _ = status.wait_for(|_| running.shared.report().is_some()).await;
        // The status of a host that never ran is `Disabled`; its watchers wait for `Stopped`.
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
        // Full: the thread is awake. Closed: the thread has ended.
        let _ = self.wake.try_send(());
    }
}
