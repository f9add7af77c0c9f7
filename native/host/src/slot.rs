use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::config::HostConfig;
use crate::host::Host;
use crate::log::{LogLevel, Logger};
use crate::node_chain::NodeChain;
use crate::status::DisabledReason;

static NO_PLUGIN: Host = Host::disabled();

/// A field of the node that holds its [`Host`]. It behaves as [`Host::disabled`] until [`HostSlot::start`], and for
/// ever in a node without a plugin.
///
/// ```
/// use tos_ai_host::{DisabledReason, HostSlot, Status};
///
/// struct Node {
///     ai: HostSlot,
/// }
///
/// let node = Node { ai: HostSlot::new() };
/// node.ai.changed(); // Does nothing: no plugin was started.
/// assert_eq!(node.ai.status(), Status::Disabled(DisabledReason::NotConfigured));
/// ```
#[derive(Default)]
pub struct HostSlot(OnceLock<Host>);

impl HostSlot {
    /// An empty slot.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Starts the plugin of a node. `command` is its command line; `None`: no plugin. Without a `data_dir`, the data
    /// directory is the current directory. The other settings are those of [`HostConfig::of_node`]; `configure` may
    /// change them. An invalid setting is logged as an error and shown by [`Host::status`]. A slot that holds a host
    /// keeps it.
    pub async fn start<C: NodeChain>(
        &self,
        command: Option<String>,
        data_dir: Option<String>,
        network: impl fmt::Display,
        chain: &Arc<C>,
        configure: impl FnOnce(&mut HostConfig),
    ) {
        let (Some(command), None) = (command, self.0.get()) else { return };
        let (mut config, wrong) =
            HostConfig::of_node_or_why(data_dir.unwrap_or_default(), &network.to_string(), &command, chain).await;
        configure(&mut config);
        let host = match wrong {
            None => Host::start(config),
            Some(reason) => {
                let text = match &reason {
                    DisabledReason::Config(error) => error.to_string(),
                    other => format!("the plugin was not started: {other:?}"),
                };
                Logger::new(Arc::clone(&config.log), Instant::now()).host(LogLevel::Error, &text);
                Host::failed(reason)
            }
        };
        let _ = self.0.set(host);
    }
}

impl Deref for HostSlot {
    type Target = Host;

    fn deref(&self) -> &Host {
        self.0.get().unwrap_or(&NO_PLUGIN)
    }
}

impl fmt::Debug for HostSlot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("HostSlot").field(&self.status()).finish()
    }
}
