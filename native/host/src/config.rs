use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::chain::{Bytes32, ChainSource};
use crate::command_line::{self, UnclosedQuote};
use crate::config_check::{self, ConfigError, ConfigProblem};
use crate::log::{LogLevel, LogSink};
use crate::node_chain::NodeChain;
use crate::node_source::NodeSource;
use crate::restart::RestartPolicy;
use crate::signing::{EnvelopeSigner, SigningLimits};
use crate::status::DisabledReason;

/// The poll interval of [`HostConfig::of_node`]; blocks are seconds apart.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// The configuration of a [`crate::Host`]. [`HostConfig::new`] takes the values without a default; set the others as
/// fields.
#[derive(Clone)]
#[non_exhaustive]
pub struct HostConfig {
    /// The program, looked up in `PATH` if it has no folder. Default: `tos-ai-sync`.
    pub command: OsString,
    /// Its arguments. Default: `managed`.
    pub args: Vec<OsString>,
    /// Additional environment variables. Of the node's environment, which may hold secrets, only [`INHERITED`] is
    /// passed on.
    pub env: Vec<(OsString, OsString)>,
    /// The working directory of the plugin; `None`: the node's.
    pub current_dir: Option<PathBuf>,
    /// The node's base directory. The plugin writes only to `ai/{network}` below it. Empty: the node's current
    /// directory. A relative path is relative to the node's current directory, not to `current_dir`.
    pub data_dir: PathBuf,
    /// The node's network.
    pub network: Network,
    /// The hash of its genesis block.
    pub genesis: Bytes32,
    /// The source of the registry of authors. [`Registry::File`] needs [`PluginOptions::registry_file`].
    pub registry: Registry,
    /// Further options of the plugin.
    pub options: PluginOptions,
    /// Signs for the plugin with the node's keys; `None`: the plugin uses its own keys.
    pub signer: Option<Arc<dyn EnvelopeSigner>>,
    /// The chain of the node.
    pub chain: Arc<dyn ChainSource>,
    /// The interval at which the host polls the chain, at least 10 ms. `None`: the node reports changes by
    /// [`crate::Host::block`], [`crate::Host::tip`] and [`crate::Host::rewound`].
    pub follow: Option<Duration>,
    /// Receives log lines. Default: discards them.
    pub log: LogSink,
    /// Name and version of the node, for the plugin's log.
    pub node: (String, String),
    /// Timeouts and rate limits.
    pub limits: Limits,
}

/// Environment variables of the node that the plugin inherits. A trailing `*` matches any suffix.
pub const INHERITED: [&str; 10] =
    ["PATH", "HOME", "USER", "LANG", "LC_*", "TZ", "TMPDIR", "NO_COLOR", "NODE_*", "TOS_AI_*"];

impl HostConfig {
    /// A configuration with defaults. An empty `data_dir` is the current directory.
    pub fn new(data_dir: impl Into<PathBuf>, network: Network, genesis: Bytes32, chain: Arc<dyn ChainSource>) -> Self {
        Self {
            command: "tos-ai-sync".into(),
            args: vec!["managed".into()],
            env: Vec::new(),
            current_dir: None,
            data_dir: data_dir.into(),
            network,
            genesis,
            registry: Registry::File,
            options: PluginOptions::default(),
            signer: None,
            chain,
            follow: None,
            log: Arc::new(|_| ()),
            node: ("tos".into(), String::new()),
            limits: Limits::default(),
        }
    }

    /// The configuration of a node whose chain is a [`NodeChain`]. The host polls the chain; the registry is
    /// [`Registry::Chain`]. `network` is a name (mainnet, testnet, stagenet, devnet or dev, in any case). `command` is
    /// a command line, split at white space outside of quotes; without arguments, `managed` is added. The genesis is
    /// read from the chain.
    ///
    /// # Errors
    /// [`DisabledReason::Config`] for an invalid text, [`DisabledReason::Host`] if the genesis can't be read.
    pub async fn of_node<C: NodeChain>(
        data_dir: impl Into<PathBuf>,
        network: &str,
        command: &str,
        chain: &Arc<C>,
    ) -> Result<Self, DisabledReason> {
        match Self::of_node_or_why(data_dir, network, command, chain).await {
            (config, None) => Ok(config),
            (_, Some(reason)) => Err(reason),
        }
    }

    pub(crate) async fn of_node_or_why<C: NodeChain>(
        data_dir: impl Into<PathBuf>,
        network: &str,
        command: &str,
        chain: &Arc<C>,
    ) -> (Self, Option<DisabledReason>) {
        let mut wrong = None;
        let mut refuse = |field, problem| wrong = Some(DisabledReason::Config(ConfigError { field, problem }));
        let network = Network::named(network).unwrap_or_else(|| {
            refuse("network", ConfigProblem::UnknownNetwork);
            Network::Devnet
        });
        let mut words = command_line::words(command).unwrap_or_else(|UnclosedQuote| {
            refuse("command", ConfigProblem::UnclosedQuote);
            Vec::new()
        });
        if words.is_empty() && wrong.is_none() {
            wrong = Some(DisabledReason::Config(ConfigError { field: "command", problem: ConfigProblem::Empty }));
        }
        let genesis = chain.hash(&*chain.storage().await, 0).await;
        let genesis = match genesis {
            Ok(Some(genesis)) => Ok(genesis),
            Ok(None) => Err("there is none".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let genesis = genesis.unwrap_or_else(|why| {
            wrong.get_or_insert(DisabledReason::Host(format!("the genesis block can't be read: {why}")));
            [0; 32]
        });
        let mut config = Self::new(data_dir, network, genesis, Arc::new(NodeSource::new(chain)));
        config.follow = Some(FOLLOW_EVERY);
        config.registry = Registry::Chain;
        if words.len() > 1 {
            config.args = words.split_off(1);
        }
        config.command = words.pop().unwrap_or_default();
        (config, wrong)
    }

    /// Checks all fields; [`crate::Host::start`] does this first. Does not read the file system.
    ///
    /// # Errors
    /// The first invalid field: a path with a zero byte, an empty command, a limit of zero ...
    pub fn check(&self) -> Result<(), ConfigError> {
        config_check::check(self).map(|_| ())
    }
}

/// The networks of TOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// Chain id 0.
    Mainnet,
    /// Chain id 1.
    Testnet,
    /// Chain id 2.
    Stagenet,
    /// Chain id 3.
    Devnet,
}

impl Network {
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "mainnet" => Some(Self::Mainnet),
            "testnet" => Some(Self::Testnet),
            "stagenet" => Some(Self::Stagenet),
            "devnet" | "dev" => Some(Self::Devnet),
            _ => None,
        }
    }
}

/// The source of the registry of authors (docs/protocol.md, "Network rules"). The same on every node of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// Authors registered on the chain.
    Chain,
    /// Authors listed in a file.
    File,
    /// Everyone; for a devnet only.
    Everyone,
}

/// Options of the plugin (docs/managed.md, "Start"). `None`: the plugin's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PluginOptions {
    /// The registry file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry_file: Option<String>,
    /// The file of validator rosters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roster_file: Option<String>,
    /// The network rules of a devnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules_file: Option<String>,
    /// The name of a devnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_name: Option<String>,
    /// Multiaddresses to listen on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<Vec<String>>,
    /// Multiaddresses of nodes to join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<Vec<String>>,
    /// Multiaddresses announced to peers in place of the listen addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announce: Option<Vec<String>>,
    /// The plugin's own HTTP API.
    #[serde(skip_serializing_if = "Api::is_default")]
    pub api: Api,
    /// Types of tasks to follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_types: Option<Vec<String>>,
    /// The lowest level that the plugin logs.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "level_name")]
    pub log_level: Option<LogLevel>,
}

/// The plugin's own HTTP API, beside the node's RPC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Api {
    /// The plugin's default.
    #[default]
    Default,
    /// No HTTP API.
    Off,
    /// Listen on this address.
    At(SocketAddr),
}

impl Api {
    const fn is_default(&self) -> bool {
        matches!(self, Self::Default)
    }
}

impl Serialize for Api {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Default | Self::Off => serializer.serialize_none(),
            Self::At(address) => serializer.collect_str(address),
        }
    }
}

fn level_name<S: Serializer>(level: &Option<LogLevel>, serializer: S) -> Result<S::Ok, S::Error> {
    level.map(LogLevel::name).serialize(serializer)
}

/// The longest wait, a year: a [`Duration`] can exceed the range of the clock.
pub const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 3600);

/// Timeouts and rate limits (docs/managed.md). A time above a year counts as a year.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// During the start, since the last byte of either side. 30 s.
    pub start_timeout: Duration,
    /// For a whole start. An hour.
    pub longest_start: Duration,
    /// Between pings; after three without an answer the plugin is killed. 5 s.
    pub ping_interval: Duration,
    /// For a call of the plugin's API. 30 s.
    pub call_timeout: Duration,
    /// For an answer of the [`ChainSource`]. 8 s, because the plugin waits 10 s.
    pub chain_timeout: Duration,
    /// Between SIGTERM and SIGKILL. 5 s.
    pub terminate_wait: Duration,
    /// The delays of restarts.
    pub restart: RestartPolicy,
    /// The rate limits of signatures.
    pub signing: SigningLimits,
}

impl Limits {
    pub(crate) fn within_range_of_the_clock(mut self) -> Self {
        for wait in [
            &mut self.start_timeout,
            &mut self.longest_start,
            &mut self.ping_interval,
            &mut self.call_timeout,
            &mut self.chain_timeout,
            &mut self.terminate_wait,
            &mut self.restart.longest_wait,
        ] {
            *wait = LONGEST_WAIT.min(*wait);
        }
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            start_timeout: Duration::from_secs(30),
            longest_start: Duration::from_secs(3600),
            ping_interval: Duration::from_secs(5),
            call_timeout: Duration::from_secs(30),
            chain_timeout: Duration::from_secs(8),
            terminate_wait: Duration::from_secs(5),
            restart: RestartPolicy::default(),
            signing: SigningLimits::default(),
        }
    }
}
