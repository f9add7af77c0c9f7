//! Runs `tos-ai-sync` as a plugin of a Rust node.
//!
//! The plugin is a child process; the two speak newline JSON-RPC over its standard input and output (docs/managed.md).
//! docs/embedding.md shows how a node adds it. What this crate promises the node:
//!
//! - No method waits for the plugin, panics, or grows without bound, whatever the plugin does.
//! - A plugin that dies, hangs or breaks the protocol is ended and started again, ever more slowly, and in the end not.
//! - A plugin does not outlive the node: its standard input closes with it.
//! - [`Host::disabled`] is a host that does nothing: no thread, no process.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod bucket;
mod chain;
mod chain_queue;
mod command_line;
mod config;
mod config_check;
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
