use std::fmt::Display;
use std::future::{Future, ready};
use std::ops::Deref;

use crate::chain::{Bytes32, MAX_REGISTERED, Miner, Task};

/// The least fee of a registration, in the chain's smallest unit; a registration with a lower fee does not count
/// (docs/managed.md, "Events").
pub const REGISTRATION_FEE: u64 = 1_000_000_000;

/// The top of a chain, from the node's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Topoheight of the top block.
    pub topoheight: u64,
    /// The greatest height of a block.
    pub height: u64,
    /// The topoheight up to which blocks are stable.
    pub stable_topoheight: u64,
    /// The same as a height.
    pub stable_height: u64,
    /// The chain's target time between two blocks.
    pub block_time_ms: u64,
}

/// One block as the node reads it by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeBlock {
    pub(crate) height: u64,
    pub(crate) timestamp_ms: u64,
    pub(crate) registered: Vec<Bytes32>,
    /// Number of registrations above [`MAX_REGISTERED`]; a block with any is an error.
    pub(crate) left_out: usize,
}

impl NodeBlock {
    /// A block of this height and time, without registrations.
    #[must_use]
    pub const fn new(height: u64, timestamp_ms: u64) -> Self {
        Self { height, timestamp_ms, registered: Vec::new(), left_out: 0 }
    }

    /// Adds a transaction of the block that registers a miner. Call it for each one, executed or not, in the order of
    /// the header's transaction hashes. A registration counts if its source is the miner and its fee is at least
    /// [`REGISTRATION_FEE`]. A block with more than [`MAX_REGISTERED`] registrations can't be read: without the rest,
    /// the plugin's registry would differ from that of other nodes.
    pub fn registers(&mut self, source: &Bytes32, miner: &Bytes32, fee: u64) {
        if source != miner || fee < REGISTRATION_FEE {
            return;
        }
        if self.registered.len() < MAX_REGISTERED {
            self.registered.push(*miner);
        } else {
            self.left_out += 1;
        }
    }
}

/// A node's chain as plain getters. [`crate::HostConfig::of_node`] makes a [`crate::ChainSource`] of it.
///
/// A getter receives the locked storage and must use no other: a getter that locks the storage again deadlocks if a
/// writer waits. Only the host's thread calls the getters; it holds the storage lock for some milliseconds at most. The
/// node may hold its own locks while it calls [`crate::Host::changed`].
///
/// ```
/// use std::ops::Deref;
/// use std::sync::Arc;
///
/// use tokio::sync::RwLock;
/// use tos_ai_host::{Bytes32, HostConfig, Network, NodeBlock, NodeChain, Position, Registry};
///
/// #[derive(Default)]
/// struct Storage {
///     blocks: Vec<(Bytes32, u64)>,
/// }
///
/// #[derive(Default)]
/// struct Blockchain {
///     storage: RwLock<Storage>,
/// }
///
/// impl NodeChain for Blockchain {
///     type Storage = Storage;
///     type Error = std::io::Error;
///
///     async fn storage(&self) -> impl Deref<Target = Storage> + Send + Sync {
///         self.storage.read().await
///     }
///
///     fn position(&self) -> Position {
///         Position { topoheight: 0, height: 0, stable_topoheight: 0, stable_height: 0, block_time_ms: 1_000 }
///     }
///
///     async fn pruned_topoheight(&self, _storage: &Storage) -> Result<Option<u64>, Self::Error> {
///         Ok(None)
///     }
///
///     async fn hash(&self, storage: &Storage, topoheight: u64) -> Result<Option<Bytes32>, Self::Error> {
///         Ok(storage.blocks.get(topoheight as usize).map(|(hash, _)| *hash))
///     }
///
///     async fn block(&self, storage: &Storage, hash: Bytes32) -> Result<NodeBlock, Self::Error> {
///         let found = storage.blocks.iter().find(|(known, _)| *known == hash);
///         let (_, timestamp_ms) = found.ok_or(std::io::ErrorKind::NotFound)?;
///         Ok(NodeBlock::new(0, *timestamp_ms))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let chain = Arc::new(Blockchain::default());
/// chain.storage.write().await.blocks.push(([7; 32], 1_700_000_000_000));
///
/// let config = HostConfig::of_node("/srv/tos/", "devnet", "tos-ai-sync managed", &chain).await.unwrap();
/// assert_eq!((config.network, config.genesis, config.registry), (Network::Devnet, [7; 32], Registry::Chain));
/// # }
/// ```
pub trait NodeChain: Send + Sync + 'static {
    /// What the node keeps its blocks in, behind an async read-write lock.
    type Storage: Send + Sync;
    /// Why a getter failed. Its text is logged.
    type Error: Display + Send;

    /// The storage, locked for reading.
    fn storage(&self) -> impl Future<Output = impl Deref<Target = Self::Storage> + Send + Sync> + Send;

    /// The top of the chain. Called while the storage is locked for reading.
    fn position(&self) -> Position;

    /// On a pruned chain, the lowest topoheight from which on every block is available.
    fn pruned_topoheight(
        &self,
        storage: &Self::Storage,
    ) -> impl Future<Output = Result<Option<u64>, Self::Error>> + Send;

    /// The hash of the block at this topoheight, `None` if there is no block (pruned, or past the top).
    fn hash(
        &self,
        storage: &Self::Storage,
        topoheight: u64,
    ) -> impl Future<Output = Result<Option<Bytes32>, Self::Error>> + Send;

    /// The block of this hash. The answer depends on the hash alone and is cached for the last blocks.
    fn block(
        &self,
        storage: &Self::Storage,
        hash: Bytes32,
    ) -> impl Future<Output = Result<NodeBlock, Self::Error>> + Send;

    /// The task of this id, if the chain has one. The default is none.
    fn task(
        &self,
        _storage: &Self::Storage,
        _task_id: Bytes32,
    ) -> impl Future<Output = Result<Option<Task>, Self::Error>> + Send {
        ready(Ok(None))
    }

    /// The miner of this key, if the chain has one. The default is none.
    fn miner(
        &self,
        _storage: &Self::Storage,
        _key: Bytes32,
    ) -> impl Future<Output = Result<Option<Miner>, Self::Error>> + Send {
        ready(Ok(None))
    }
}
