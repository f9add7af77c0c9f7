//! A chain with the real daemon's locks: its storage is held for writing while a block is added or the chain rewound,
//! and while that is announced.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::RwLock;
use tos_ai_host::{HostSlot, ShutdownReport};

use super::storage::{BlockHeader, MemoryStorage, Storage};
use super::{ai_plugin, error::BlockchainError};
use crate::ai_mining::AIMiningPayload;
use crate::crypto::{CompressedPublicKey, Hash};
use crate::network::Network;
use crate::transaction::{Transaction, TransactionType};

const STABLE_LIMIT: u64 = 8;

pub struct Blockchain<S: Storage> {
    topoheight: AtomicU64,
    storage: RwLock<S>,
    network: Network,
    over: AtomicBool,
    pub ai: HostSlot,
}

impl<S: Storage> Blockchain<S> {
    pub fn set_over(&self) {
        self.over.store(true, Ordering::Release);
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub fn get_topo_height(&self) -> u64 {
        self.topoheight.load(Ordering::Acquire)
    }

    pub fn get_height(&self) -> u64 {
        self.get_topo_height()
    }

    pub fn get_stable_topoheight(&self) -> u64 {
        self.get_topo_height().saturating_sub(STABLE_LIMIT)
    }

    pub fn get_stable_height(&self) -> u64 {
        self.get_stable_topoheight()
    }

    pub const fn get_network(&self) -> &Network {
        &self.network
    }

    pub const fn get_storage(&self) -> &RwLock<S> {
        &self.storage
    }

    pub async fn stop(&self) -> ShutdownReport {
        self.ai.shutdown(Duration::from_secs(10)).await
    }
}

pub fn hash(topoheight: u64, branch: u8) -> Hash {
    let mut bytes = [branch; 32];
    bytes[..8].copy_from_slice(&topoheight.to_be_bytes());
    Hash::new(bytes)
}

fn put(storage: &mut MemoryStorage, branch: u8, txs_hashes: Vec<Hash>) {
    let topoheight = storage.order.len() as u64;
    let hash = hash(topoheight, branch);
    storage.order.push(Some(hash));
    storage.headers.insert(hash, BlockHeader { height: topoheight, timestamp: 1_000 * topoheight, txs_hashes });
}

impl Blockchain<MemoryStorage> {
    /// A chain of so many blocks above its genesis, and the plugin.
    pub async fn new(blocks: u64, ai_plugin: Option<String>, dir_path: Option<String>) -> Arc<Self> {
        let mut storage = MemoryStorage::default();
        (0..=blocks).for_each(|_| put(&mut storage, 1, Vec::new()));
        let arc = Arc::new(Self {
            topoheight: AtomicU64::new(blocks),
            storage: RwLock::new(storage),
            network: Network::Devnet,
            over: AtomicBool::new(false),
            ai: HostSlot::default(),
        });
        ai_plugin::start(&arc, ai_plugin, dir_path).await;
        arc
    }

    /// As the daemon does it: announced while the storage is locked for writing.
    pub async fn add_new_block(&self, branch: u8, txs_hashes: Vec<Hash>) {
        let mut storage = self.storage.write().await;
        put(&mut storage, branch, txs_hashes);
        self.topoheight.store(storage.order.len() as u64 - 1, Ordering::Release);
        self.ai.changed();
        tokio::task::yield_now().await;
        drop(storage);
    }

    pub async fn rewind_chain(&self, count: usize) {
        let mut storage = self.storage.write().await;
        let kept = storage.order.len().saturating_sub(count).max(1);
        storage.order.truncate(kept);
        self.topoheight.store(kept as u64 - 1, Ordering::Release);
        self.ai.changed();
        tokio::task::yield_now().await;
        drop(storage);
    }

    /// A rolled-back sync, or the end of a fast sync: another chain is loaded from disk without an event.
    pub async fn reload_from_disk(&self, blocks: u64, branch: u8, pruned: Option<u64>) {
        let mut storage = self.storage.write().await;
        storage.order.truncate(1);
        while storage.order.len() as u64 <= blocks {
            put(&mut storage, branch, Vec::new());
        }
        storage.pruned = pruned;
        let gone = usize::try_from(pruned.unwrap_or_default()).unwrap_or_default();
        for place in storage.order.iter_mut().take(gone).skip(1) {
            *place = None;
        }
        self.topoheight.store(blocks, Ordering::Release);
    }

    pub async fn add_registration(&self, name: u8, source: u8, miner: u8, registration_fee: u64) -> Hash {
        let key = |byte| CompressedPublicKey([byte; 32]);
        let payload = AIMiningPayload::RegisterMiner { miner_address: key(miner), registration_fee };
        self.add_transaction(name, source, TransactionType::AIMining(payload)).await
    }

    pub async fn add_transaction(&self, name: u8, source: u8, data: TransactionType) -> Hash {
        let hash = Hash::new([name; 32]);
        let transaction = Transaction { source: CompressedPublicKey([source; 32]), data };
        self.storage.write().await.transactions.insert(hash, transaction);
        hash
    }

    pub async fn hash_at(&self, topoheight: u64) -> Result<Hash, BlockchainError> {
        self.storage.read().await.get_hash_at_topo_height(topoheight).await
    }
}
