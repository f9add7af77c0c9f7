//! Blocks in memory, behind the getters of the daemon's storage that the plugin's file uses.

use std::collections::HashMap;
use std::future::Future;
use std::time::{Duration, Instant};

use super::error::BlockchainError;
use crate::crypto::Hash;
use crate::transaction::Transaction;

#[derive(Clone, Debug)]
pub struct BlockHeader {
    pub height: u64,
    pub timestamp: u64,
    pub txs_hashes: Vec<Hash>,
}

impl BlockHeader {
    pub const fn get_height(&self) -> u64 {
        self.height
    }

    pub const fn get_timestamp(&self) -> u64 {
        self.timestamp
    }

    pub const fn get_txs_hashes(&self) -> &Vec<Hash> {
        &self.txs_hashes
    }
}

type Answer<T> = Result<T, BlockchainError>;

pub trait Storage: Send + Sync + 'static {
    fn get_pruned_topoheight(&self) -> impl Future<Output = Answer<Option<u64>>> + Send;
    fn has_hash_at_topoheight(&self, topoheight: u64) -> impl Future<Output = Answer<bool>> + Send;
    fn get_hash_at_topo_height(&self, topoheight: u64) -> impl Future<Output = Answer<Hash>> + Send;
    fn get_block_header_by_hash(&self, hash: &Hash) -> impl Future<Output = Answer<BlockHeader>> + Send;
    fn get_transaction(&self, hash: &Hash) -> impl Future<Output = Answer<Transaction>> + Send;
}

#[derive(Default)]
pub struct MemoryStorage {
    /// By topoheight; `None` is pruned.
    pub order: Vec<Option<Hash>>,
    pub headers: HashMap<Hash, BlockHeader>,
    pub transactions: HashMap<Hash, Transaction>,
    pub pruned: Option<u64>,
    /// How long each read of a header keeps the thread.
    pub slow: Duration,
}

impl Storage for MemoryStorage {
    async fn get_pruned_topoheight(&self) -> Answer<Option<u64>> {
        Ok(self.pruned)
    }

    async fn has_hash_at_topoheight(&self, topoheight: u64) -> Answer<bool> {
        Ok(self.get_hash_at_topo_height(topoheight).await.is_ok())
    }

    async fn get_hash_at_topo_height(&self, topoheight: u64) -> Answer<Hash> {
        let place = usize::try_from(topoheight).ok().and_then(|at| self.order.get(at).copied().flatten());
        place.ok_or(BlockchainError::NotFound)
    }

    async fn get_block_header_by_hash(&self, hash: &Hash) -> Answer<BlockHeader> {
        let until = Instant::now() + self.slow;
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        self.headers.get(hash).cloned().ok_or(BlockchainError::NotFound)
    }

    async fn get_transaction(&self, hash: &Hash) -> Answer<Transaction> {
        self.transactions.get(hash).cloned().ok_or(BlockchainError::NotFound)
    }
}
