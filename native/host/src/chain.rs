use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A key or a hash: 32 bytes, on the wire 64 lowercase hex digits.
pub type Bytes32 = [u8; 32];

/// What the methods of a [`ChainSource`] return.
pub type ChainFuture<T> = Pin<Box<dyn Future<Output = Result<T, ChainError>> + Send>>;

/// The most blocks in one [`ChainSource::blocks`] call: 21, as in the daemon's own RPC.
pub const MAX_BLOCKS: u64 = 21;

/// The most registrations in one block: a block of 1.25 MiB has no room for more transactions.
pub const MAX_REGISTERED: usize = 16_384;

/// One block at its place in the chain's block order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its place in the block order.
    pub topoheight: u64,
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: Bytes32,
    /// Unix milliseconds.
    pub timestamp_ms: u64,
    /// The keys that transactions executed in it registered for AI mining; at most [`MAX_REGISTERED`].
    pub registered: Vec<Bytes32>,
}

/// The top of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Topoheight of the top block.
    pub topoheight: u64,
    /// Height of the top block.
    pub height: u64,
    /// The height up to which blocks are stable.
    pub stable_height: u64,
    /// The same as a topoheight.
    pub stable_topoheight: u64,
    /// Hash of the top block.
    pub hash: Bytes32,
    /// Unix milliseconds, of the top block.
    pub timestamp_ms: u64,
    /// The chain's target time between two blocks.
    pub block_time_ms: u64,
    /// On a pruned chain, the lowest topoheight from which on every block can be asked for: with the TOS daemon its
    /// `pruned_topoheight`, whose block is kept. `None`: every block from the genesis on can be asked for.
    pub first_topoheight: Option<u64>,
}

/// A task as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The key of its publisher.
    pub publisher: Bytes32,
    /// Its state.
    pub status: TaskStatus,
    /// The height of the block in which it was published.
    pub published_at: u64,
    /// In the chain's smallest unit.
    pub reward_amount: u64,
    /// Unix milliseconds.
    pub deadline_ms: u64,
}

/// The states in which the chain knows a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    /// It is open.
    Active,
    /// It was rewarded.
    Completed,
    /// Its publisher cancelled it.
    Cancelled,
    /// Its deadline passed.
    Expired,
}

impl TaskStatus {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Completed => "Completed",
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
        }
    }
}

/// A miner or validator as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miner {
    /// Its key.
    pub key: Bytes32,
    /// The height of the block that registered it, as `get_ai_mining_miner` says it: not its topoheight.
    pub registered_at: u64,
    /// 0 to 1000.
    pub reputation: u16,
}

/// Why a question to the chain failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainError {
    /// The chain can't answer now, or has no AI mining. The plugin asks again later.
    Unavailable,
    /// The chain does not have these blocks: some of them are past the top, or were pruned.
    OutOfRange,
}

impl fmt::Display for ChainError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unavailable => "the chain can't answer now",
            Self::OutOfRange => "the chain does not have these blocks",
        })
    }
}

impl Error for ChainError {}

/// The node's chain, for the plugin's questions. Each question runs as a separate task on the host's thread: at most 64
/// at a time, each for at most [`crate::Limits::chain_timeout`]. A method that panics counts as
/// [`ChainError::Unavailable`].
///
/// The futures are polled by a tokio runtime that is not the node's. Locks, channels and timers of tokio work in them.
/// Spawn what must run on the node's runtime by its `Handle`.
///
/// A node with a storage lock and plain getters implements [`crate::NodeChain`] instead. The crate page has an example.
pub trait ChainSource: Send + Sync + 'static {
    /// The top of the chain.
    fn tip(self: Arc<Self>) -> ChainFuture<Tip>;

    /// The blocks `from` to `to`, inclusive, in order; at most [`MAX_BLOCKS`].
    fn blocks(self: Arc<Self>, from: u64, to: u64) -> ChainFuture<Vec<Block>>;

    /// The task of this id, `None` if the chain has none. The default is that of a chain without AI mining.
    fn task(self: Arc<Self>, _task_id: Bytes32) -> ChainFuture<Option<Task>> {
        Box::pin(std::future::ready(Err(ChainError::Unavailable)))
    }

    /// The reason of the last failure, for the log.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// The miner or validator of this key, `None` if the chain has none. The default is that of a chain without AI
    /// mining.
    fn miner(self: Arc<Self>, _key: Bytes32) -> ChainFuture<Option<Miner>> {
        Box::pin(std::future::ready(Err(ChainError::Unavailable)))
    }
}
