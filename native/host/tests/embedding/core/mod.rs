//! The daemon in small, in the modules and with the names of the real one.

pub mod ai_plugin;
pub mod blockchain;
pub mod storage;

pub mod error {
    use std::fmt;

    #[derive(Debug)]
    pub enum BlockchainError {
        NotFound,
    }

    impl fmt::Display for BlockchainError {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("not found on disk")
        }
    }
}

pub mod hard_fork {
    use crate::network::Network;

    pub const fn get_version_at_height(_network: &Network, _height: u64) -> u8 {
        1
    }

    pub const fn get_block_time_target_for_version(_version: u8) -> u64 {
        3_000
    }
}
