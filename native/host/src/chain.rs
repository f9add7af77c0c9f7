use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A key or a hash: 32 bytes, on the wire 64 lowercase hex digits.
pub type Bytes32 = [u8; 32];

/// What the methods of a [`ChainSource`] return.
pub type ChainFuture<T> = Pin<Box<dyn Future<Output = Result<T, ChainError>> + Send>>;

/// What one `chain.blocks` may ask for: 21, as the daemon's own RPC.
pub const MAX_BLOCKS: u64 = 21;

/// What one block may hold in registrations: a block of 1.25 MiB has no room for more transactions than this.
pub const MAX_REGISTERED: usize = 16_384;

/// One block at its place in the order that the chain gives its blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its place.
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

/// Where the chain stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Of the top block.
    pub topoheight: u64,
    /// Of the top block.
    pub height: u64,
    /// The height below which the chain holds its blocks for final.
    pub stable_height: u64,
    /// The same as a topoheight.
    pub stable_topoheight: u64,
    /// Of the top block.
    pub hash: Bytes32,
    /// Unix milliseconds, of the top block.
    pub timestamp_ms: u64,
    /// The chain's wish for the time between two blocks.
    pub block_time_ms: u64,
    /// On a pruned chain, the lowest topoheight from which on every block can be asked for: with the TOS daemon its
    /// `pruned_topoheight`, whose block is kept. `None`: every block from the genesis on can be asked for.
    pub first_topoheight: Option<u64>,
}

/// What the chain says of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Whose task it is.
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
    /// Its publisher took it back.
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

/// What the chain says of a miner or validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miner {
    /// Its key.
    pub key: Bytes32,
    /// The height of the block that registered it, as `get_ai_mining_miner` says it: not its topoheight.
    pub registered_at: u64,
    /// 0 to 1000.
    pub reputation: u16,
}

/// Why the chain gives no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainError {
    /// It can't say now, or has no such thing (no AI mining). The plugin asks again later.
    Unavailable,
    /// The chain does not have these blocks: some of them are past the top, or were pruned.
    OutOfRange,
}

/// The node's chain, as the plugin may ask it. Each question runs as a task of its own on the host's thread, at most 64
/// at a time and for at most [`crate::Limits::chain_timeout`]; a method that panics answers `unavailable`.
///
/// The futures are polled by a tokio runtime that is not the node's: locks, channels and timers of tokio work in them;
/// what must run on the node's own runtime is spawned there by its `Handle`.
pub trait ChainSource: Send + Sync + 'static {
    /// Where the chain stands.
    fn tip(self: Arc<Self>) -> ChainFuture<Tip>;

    /// The blocks `from` to `to` in their order, both inclusive; at most [`MAX_BLOCKS`].
    fn blocks(self: Arc<Self>, from: u64, to: u64) -> ChainFuture<Vec<Block>>;

    /// The task of this id, `None` where the chain knows none. The default is a chain without AI mining.
    fn task(self: Arc<Self>, _task_id: Bytes32) -> ChainFuture<Option<Task>> {
        Box::pin(std::future::ready(Err(ChainError::Unavailable)))
    }

    /// Why the last question that failed did, for the log.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// The miner or validator of this key, `None` where the chain knows none. The default is a chain without AI mining.
    fn miner(self: Arc<Self>, _key: Bytes32) -> ChainFuture<Option<Miner>> {
        Box::pin(std::future::ready(Err(ChainError::Unavailable)))
    }
}
