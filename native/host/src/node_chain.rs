use std::fmt::Display;
use std::future::{Future, ready};
use std::ops::Deref;

use crate::chain::{Bytes32, MAX_REGISTERED, Miner, Task};

/// What a registration must pay, in the chain's smallest unit; one that pays less does not count (docs/managed.md,
/// "Events").
pub const REGISTRATION_FEE: u64 = 1_000_000_000;

/// Where a chain stands, as a node has it in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Of the top block.
    pub topoheight: u64,
    /// The greatest height of a block.
    pub height: u64,
    /// The topoheight up to which the chain holds its blocks for stable.
    pub stable_topoheight: u64,
    /// The same as a height.
    pub stable_height: u64,
    /// The chain's wish for the time between two blocks.
    pub block_time_ms: u64,
}

/// What a node reads of one block, by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeBlock {
    pub(crate) height: u64,
    pub(crate) timestamp_ms: u64,
    pub(crate) registered: Vec<Bytes32>,
    /// Registrations above [`MAX_REGISTERED`]: a block that has some is not told.
    pub(crate) left_out: usize,
}

impl NodeBlock {
    /// A block of this height and time, without registrations.
    #[must_use]
    pub const fn new(height: u64, timestamp_ms: u64) -> Self {
        Self { height, timestamp_ms, registered: Vec::new(), left_out: 0 }
    }

    /// The block includes a transaction that registers a miner. To be called for each one, executed or not, in the order of
    /// the header's transaction hashes. What counts is decided here: the source is the miner, and the fee suffices. A block
    /// with more than [`MAX_REGISTERED`] is one that the chain can't say: without the rest the plugin would count another
    /// registry than other nodes.
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

/// A node's chain as plain getters: what [`crate::HostConfig::of_node`] makes a [`crate::ChainSource`] of.
///
/// Each getter that reads the storage is handed it and must use no other: a getter that locks the storage itself waits for
/// ever if somebody waits to write. The host's thread calls them, and holds the storage for some milliseconds at most. The
/// node calls none of them, so that its own locks may be held while it tells the host that something changed.
pub trait NodeChain: Send + Sync + 'static {
    /// What the node keeps its blocks in, behind an async read-write lock.
    type Storage: Send + Sync;
    /// Why a getter failed. Its text is logged.
    type Error: Display + Send;

    /// The storage, locked for reading.
    fn storage(&self) -> impl Future<Output = impl Deref<Target = Self::Storage> + Send + Sync> + Send;

    /// Where the chain stands. It is asked while the storage is locked for reading.
    fn position(&self) -> Position;

    /// On a pruned chain the lowest topoheight from which on every block is there.
    fn pruned_topoheight(
        &self,
        storage: &Self::Storage,
    ) -> impl Future<Output = Result<Option<u64>, Self::Error>> + Send;

    /// The hash of the block at this topoheight, `None` where no block is there (pruned, or past the top).
    fn hash(
        &self,
        storage: &Self::Storage,
        topoheight: u64,
    ) -> impl Future<Output = Result<Option<Bytes32>, Self::Error>> + Send;

    /// The block of this hash. It is a function of the hash alone, and is asked once for each of the last blocks.
    fn block(
        &self,
        storage: &Self::Storage,
        hash: Bytes32,
    ) -> impl Future<Output = Result<NodeBlock, Self::Error>> + Send;

    /// The task of this id, where the chain knows one. By default it knows none.
    fn task(
        &self,
        _storage: &Self::Storage,
        _task_id: Bytes32,
    ) -> impl Future<Output = Result<Option<Task>, Self::Error>> + Send {
        ready(Ok(None))
    }

    /// The miner of this key, where the chain knows one. By default it knows none.
    fn miner(
        &self,
        _storage: &Self::Storage,
        _key: Bytes32,
    ) -> impl Future<Output = Result<Option<Miner>, Self::Error>> + Send {
        ready(Ok(None))
    }
}
