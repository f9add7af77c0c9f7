use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::config_check::ConfigError;
use crate::error::{Death, Stage};

/// The status of the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The plugin is starting.
    Starting {
        /// The stage of the start.
        stage: Stage,
        /// The last progress message.
        progress: Option<String>,
        /// Since when.
        since: SystemTime,
    },
    /// The plugin is running.
    Running {
        /// The plugin's answer to `init`.
        plugin: PluginInfo,
        /// Since when.
        since: SystemTime,
    },
    /// The plugin died and waits for its restart.
    Backoff {
        /// Time of the restart.
        until: SystemTime,
        /// Cause of the death.
        last: Death,
    },
    /// The plugin is not started until [`crate::Host::enable`].
    Disabled(DisabledReason),
    /// The plugin is shutting down.
    Stopping,
    /// The plugin is stopped for good.
    Stopped,
}

/// Why the plugin is disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisabledReason {
    /// The node has no plugin: [`crate::Host::disabled`].
    NotConfigured,
    /// The plugin refused to run, with its reason.
    Plugin(String),
    /// The plugin died too often; the cause of the last death.
    Breaker(Death),
    /// The configuration is invalid; nothing was started.
    Config(ConfigError),
    /// The host itself could not start.
    Host(String),
}

/// The plugin's description of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginInfo {
    /// Process id.
    pub pid: u32,
    /// `tos-ai-sync`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The methods that [`crate::Host::call`] takes.
    pub methods: Vec<Method>,
    /// The plugin's public key in the network, in hex.
    pub node_key: String,
    /// The same as a TOS address.
    pub node_address: String,
    /// Addresses at which other nodes reach it.
    pub multiaddrs: Vec<String>,
    /// The URL of its own API, if there is one.
    pub api: Option<String>,
    /// Its data directory.
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
        /// Counters since the start of the host, and gauges.
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
            /// All metrics with their names, for an exporter.
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
    /// Unreadable lines of the plugin.
    faults,
    /// Messages of the plugin that this version does not know.
    unknown_messages,
    /// Answers that were late or answered no request.
    stray_answers,
    /// Events sent.
    events_sent,
    /// Events dropped because the plugin was too slow.
    events_dropped,
    /// Events discarded because no plugin was running, or its manifest does not name them.
    events_unheard,
    /// Gauge: events that wait, at most 4,096.
    events_waiting,
    /// Gauge: events that may be sent now, at most 4,096.
    credit,
    /// Credit granted above 4,096.
    credit_over,
    /// Machines above the 64 of one [`crate::Host::peers`] call.
    peers_left_out,
    /// Polls of the chain.
    looks,
    /// Polls that failed.
    looks_failed,
    /// Calls of [`crate::Host::reload`] that were processed.
    reloads,
    /// Calls of the API that were sent.
    calls,
    /// Gauge: open calls.
    calls_open,
    /// Calls refused because too many were open.
    calls_refused,
    /// Requests of the plugin.
    requests,
    /// Gauge: requests that wait for the chain, at most 64.
    requests_open,
    /// Requests refused because 64 were open.
    requests_refused,
    /// Requests of the plugin that the chain did not answer, or not in time.
    requests_unanswered,
    /// Invalid answers of the chain, which are not passed on: other blocks than requested, or too many registrations in
    /// one.
    answers_unfit,
    /// Gauge: author keys above the 64 that are used.
    keys_left_out,
    /// Signatures made.
    signatures,
    /// Signatures refused.
    signatures_refused,
    /// Log lines of the plugin that were passed on.
    log_lines,
    /// Log lines of the plugin that were dropped at the rate limit.
    log_dropped,
    /// Log lines of the plugin that were truncated, or passed on without their fields.
    log_cut,
    /// Progress messages that were too many or too long.
    progress_dropped,
    /// Gauge: requests and answers in the outbox, at most 1,024.
    outbox_messages,
    /// Gauge: bytes in the outbox, at most 16 MiB.
    outbox_bytes,
    /// Gauge: pings without an answer.
    pings_open,
    /// Gauge: delay of the plugin's event loop in ms, as it reports.
    plugin_lag_ms,
    /// Gauge: the plugin's memory, as it reports.
    plugin_memory_bytes,
    /// Gauge: 1 if the plugin reports that it follows the chain.
    plugin_ready,
}

pub(crate) fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

pub(crate) fn set(gauge: &AtomicU64, to: impl TryInto<u64>) {
    gauge.store(to.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
}
