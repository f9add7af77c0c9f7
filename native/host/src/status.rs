use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::config_check::ConfigError;
use crate::error::{Death, Stage};

/// What the plugin is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It starts.
    Starting {
        /// How far it has come.
        stage: Stage,
        /// What it last said of it.
        progress: Option<String>,
        /// Since when.
        since: SystemTime,
    },
    /// It works.
    Running {
        /// What it said of itself.
        plugin: PluginInfo,
        /// Since when.
        since: SystemTime,
    },
    /// It died and is started again.
    Backoff {
        /// When.
        until: SystemTime,
        /// Why it died.
        last: Death,
    },
    /// It is not started again before [`crate::Host::enable`].
    Disabled(DisabledReason),
    /// It was asked to stop.
    Stopping,
    /// It is stopped, for good.
    Stopped,
}

/// Why the plugin is not started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisabledReason {
    /// The node has none: [`crate::Host::disabled`].
    NotConfigured,
    /// It said that it should not run, and why.
    Plugin(String),
    /// It died too often; the last time of this.
    Breaker(Death),
    /// Its configuration can't be meant: nothing was started.
    Config(ConfigError),
    /// The host itself could not start.
    Host(String),
}

/// What a plugin says of itself when it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginInfo {
    /// Its process.
    pub pid: u32,
    /// `tos-ai-sync`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The methods that [`crate::Host::call`] takes.
    pub methods: Vec<Method>,
    /// The public key that it has in the network, in hex.
    pub node_key: String,
    /// The same as a TOS address.
    pub node_address: String,
    /// Where other nodes reach it.
    pub multiaddrs: Vec<String>,
    /// The URL of its own API, if it opened one.
    pub api: Option<String>,
    /// Where its files are.
    pub data: String,
}

/// A method of the plugin's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// `ai_...`
    pub name: String,
    /// One line.
    pub description: String,
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counts since the host started, and gauges of now.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Metrics {
            $($(#[$doc])* pub $name: u64,)*
        }

        #[derive(Default)]
        pub(crate) struct Counters {
            $(pub $name: AtomicU64,)*
        }

        impl Counters {
            pub fn read(&self) -> Metrics {
                Metrics { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }

        impl Metrics {
            /// All of them with their names, to be exported.
            #[must_use]
            pub const fn all(&self) -> [(&'static str, u64); [$(stringify!($name)),*].len()] {
                [$((stringify!($name), self.$name)),*]
            }
        }
    };
}

metrics! {
    /// Processes started.
    starts,
    /// Processes that died, were killed or broke the protocol.
    deaths,
    /// Lines of the plugin that are no messages.
    faults,
    /// Messages of the plugin that this version does not know.
    unknown_messages,
    /// Answers that came too late, or to nothing.
    stray_answers,
    /// Events sent.
    events_sent,
    /// Events that the plugin was too slow for.
    events_dropped,
    /// Events for which no plugin was there, or which it does not want.
    events_unheard,
    /// Gauge: events that wait, at most 4,096.
    events_waiting,
    /// Gauge: events that may be sent now, at most 4,096.
    credit,
    /// Credit that was granted above the 4,096.
    credit_over,
    /// Machines told by [`crate::Host::peers`] above the 64 of one call.
    peers_left_out,
    /// Looks at the chain that the host follows by itself.
    looks,
    /// Looks that failed: the chain could not say.
    looks_failed,
    /// Times that all of the chain was compared because the node said so.
    reloads,
    /// Calls of the API that were sent.
    calls,
    /// Gauge: those that are open.
    calls_open,
    /// Calls refused because too many were open.
    calls_refused,
    /// Requests of the plugin.
    requests,
    /// Gauge: those that the chain has not answered yet, at most 64.
    requests_open,
    /// Requests refused because 64 were open.
    requests_refused,
    /// Questions of the plugin that the chain could not answer, or not in time.
    requests_unanswered,
    /// Answers of the chain that can't be true, and were not told: other blocks than were asked for, or too many
    /// registrations in one.
    answers_unfit,
    /// Gauge: author keys of the signer above the 64 that are used.
    keys_left_out,
    /// Signatures made.
    signatures,
    /// Signatures refused.
    signatures_refused,
    /// Log lines of the plugin that were handed on.
    log_lines,
    /// Log lines of the plugin that were too many.
    log_dropped,
    /// Log lines of the plugin that were handed on without their end, or without their fields.
    log_cut,
    /// Steps of a start that were too many, or too long to be shown.
    progress_dropped,
    /// Gauge: requests and answers that wait to be read, at most 1,024.
    outbox_messages,
    /// Gauge: and their bytes, at most 16 MiB.
    outbox_bytes,
    /// Gauge: pings without an answer.
    pings_open,
    /// Gauge: by how much the plugin's event loop is late, by its own account.
    plugin_lag_ms,
    /// Gauge: the plugin's memory, by its own account.
    plugin_memory_bytes,
    /// Gauge: 1 if the plugin says that it synchronises.
    plugin_ready,
}

pub(crate) fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

pub(crate) fn set(gauge: &AtomicU64, to: impl TryInto<u64>) {
    gauge.store(to.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
}
