//! `Debug` of the public types whose fields can't be printed or may hold secrets.

use std::fmt::{Debug, Formatter, Result};

use crate::config::HostConfig;
use crate::host::Host;

impl Debug for Host {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        formatter.debug_tuple("Host").field(&self.status()).finish()
    }
}

/// Arguments and values of environment variables may hold secrets: only their number and their names are printed.
impl Debug for HostConfig {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let variables: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("HostConfig")
            .field("command", &self.command)
            .field("args", &self.args.len())
            .field("env", &variables)
            .field("current_dir", &self.current_dir)
            .field("data_dir", &self.data_dir)
            .field("network", &self.network)
            .field("genesis", &crate::hex::encode(&self.genesis))
            .field("registry", &self.registry)
            .field("options", &self.options)
            .field("signer", &self.signer.is_some())
            .field("follow", &self.follow)
            .field("node", &self.node)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Block, ChainError, ChainFuture, ChainSource, Network, Tip};

    struct NoChain;

    impl ChainSource for NoChain {
        fn tip(self: Arc<Self>) -> ChainFuture<Tip> {
            Box::pin(std::future::ready(Err(ChainError::Unavailable)))
        }

        fn blocks(self: Arc<Self>, _from: u64, _to: u64) -> ChainFuture<Vec<Block>> {
            Box::pin(std::future::ready(Err(ChainError::Unavailable)))
        }
    }

    #[test]
    fn debug_output_of_a_configuration_holds_no_argument_and_no_value_of_the_environment() {
        let mut config = HostConfig::new("/srv/tos/", Network::Devnet, [7; 32], Arc::new(NoChain));
        config.args = vec!["managed".into(), "--token=hunter2".into()];
        config.env = vec![("API_TOKEN".into(), "hunter2".into())];
        let text = format!("{config:?}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("API_TOKEN") && text.contains("args: 2") && text.contains("0707"), "{text}");
    }

    #[test]
    fn debug_output_of_a_host_is_its_status() {
        assert_eq!(format!("{:?}", Host::disabled()), "Host(Disabled(NotConfigured))");
    }
}
