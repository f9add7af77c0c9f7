//! Runs `tos-ai-sync` as a plugin of a Rust node.
//!
//! The plugin is a child process. Node and plugin exchange newline JSON-RPC over its standard input and output
//! (docs/managed.md). docs/embedding.md shows how a node adds the plugin. Guarantees for the node:
//!
//! - No method waits for the plugin, panics, or uses unbounded memory.
//! - A plugin that dies, hangs or breaks the protocol is killed and restarted with a growing delay. After
//!   [`RestartPolicy::breaker_deaths`] deaths it is disabled.
//! - The plugin ends with the node: its standard input is closed.
//! - [`Host::disabled`] does nothing: no thread, no process.
//!
//! Start with [`HostSlot`] and [`NodeChain`] if the node has a storage lock and plain getters, as the TOS daemon has.
//! Use [`HostConfig::new`] and [`ChainSource`] for any other node:
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use tos_ai_host::{Block, ChainError, ChainFuture, ChainSource, Host, HostConfig, HostError, Network, Stop, Tip};
//!
//! struct Chain;
//!
//! impl ChainSource for Chain {
//!     fn tip(self: Arc<Self>) -> ChainFuture<Tip> {
//!         Box::pin(async {
//!             Ok(Tip {
//!                 topoheight: 0,
//!                 height: 0,
//!                 stable_height: 0,
//!                 stable_topoheight: 0,
//!                 hash: [7; 32],
//!                 timestamp_ms: 1_700_000_000_000,
//!                 block_time_ms: 1_000,
//!                 first_topoheight: None,
//!             })
//!         })
//!     }
//!
//!     fn blocks(self: Arc<Self>, _from: u64, _to: u64) -> ChainFuture<Vec<Block>> {
//!         Box::pin(async { Err(ChainError::OutOfRange) })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let mut config = HostConfig::new("/srv/tos/", Network::Devnet, [7; 32], Arc::new(Chain));
//! config.command = "/no/such/tos-ai-sync".into();
//! assert_eq!(config.check(), Ok(()));
//!
//! // Returns at once. A missing program is retried: see `Host::status`.
//! let host = Host::start(config);
//! host.block(Block { topoheight: 1, height: 1, hash: [8; 32], timestamp_ms: 1_700_000_001_000, registered: vec![] });
//!
//! let answer = host.call("ai_get_network_info", serde_json::json!({})).await;
//! assert_eq!(answer.map(|_| ()), Err(HostError::NotRunning));
//!
//! let report = host.shutdown(Duration::from_secs(10)).await;
//! assert_eq!(report.stop, Stop::NotRunning);
//! # }
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod bucket;
mod chain;
mod chain_queue;
mod command_line;
mod config;
mod config_check;
mod context;
mod debug;
mod error;
mod events;
mod follow;
mod hex;
mod host;
#[cfg(feature = "kernel-signer")]
mod kernel_signer;
mod life;
mod line;
mod log;
mod methods;
mod node_chain;
mod node_source;
mod outbox;
mod pace;
mod process;
mod random;
mod restart;
mod session;
mod shared;
mod shutdown;
mod signing;
mod slot;
mod status;
mod supervisor;
mod wire;

pub use chain::{
    Block, Bytes32, ChainError, ChainFuture, ChainSource, MAX_BLOCKS, MAX_REGISTERED, Miner, Task, TaskStatus, Tip,
};
pub use config::{Api, HostConfig, INHERITED, Limits, Network, PluginOptions, Registry};
pub use config_check::{ConfigError, ConfigProblem};
pub use error::{Death, HostError, Stage};
pub use host::Host;
#[cfg(feature = "kernel-signer")]
pub use kernel_signer::KernelSigner;
pub use log::{LogLevel, LogRecord, LogSink, LogSource};
pub use node_chain::{NodeBlock, NodeChain, Position, REGISTRATION_FEE};
pub use restart::RestartPolicy;
pub use session::{Answer, MAX_CALLS};
pub use shared::{ShutdownReport, Stop};
pub use signing::{EnvelopeSigner, MAX_AUTHORS, SIGNED_TAGS, SignerError, SigningLimits};
pub use slot::HostSlot;
pub use status::{DisabledReason, Method, Metrics, PluginInfo, Status};
