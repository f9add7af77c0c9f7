use std::collections::VecDeque;
use std::fmt::Display;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::chain::{Block, Bytes32, ChainError, ChainFuture, ChainSource, MAX_REGISTERED, Miner, Task, Tip};
use crate::node_chain::{NodeBlock, NodeChain, Position};

/// The longest time that the storage is locked, plus the reads of one block and 21 hashes.
const HOLD: Duration = Duration::from_millis(5);

/// Blocks cached by hash: the plugin requests all unstable blocks (8 to 24 heights) with each new one.
const REMEMBERED_BLOCKS: usize = 64;
/// A block with more registrations is not cached, so that the cache stays below a megabyte.
const REMEMBERED_REGISTRATIONS: usize = 256;

/// The longest error text that is kept.
const MAX_TROUBLE_CHARS: usize = 300;

/// A [`ChainSource`] over the getters of a node. It holds the chain weakly.
pub struct NodeSource<C> {
    chain: Weak<C>,
    remembered: Mutex<VecDeque<(Bytes32, NodeBlock)>>,
    /// The reason of the last failure.
    trouble: Mutex<Option<String>>,
}

impl<C: NodeChain> NodeSource<C> {
    pub fn new(chain: &Arc<C>) -> Self {
        Self { chain: Arc::downgrade(chain), remembered: Mutex::default(), trouble: Mutex::default() }
    }

    fn chain(&self) -> Result<Arc<C>, ChainError> {
        self.chain.upgrade().ok_or_else(|| self.failed("the node has dropped its chain"))
    }

    fn failed(&self, error: impl Display) -> ChainError {
        let text = error.to_string().chars().take(MAX_TROUBLE_CHARS).collect();
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        ChainError::Unavailable
    }

    fn remembered(&self) -> MutexGuard<'_, VecDeque<(Bytes32, NodeBlock)>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn hash(&self, chain: &C, storage: &C::Storage, topoheight: u64) -> Result<Option<Bytes32>, ChainError> {
        chain.hash(storage, topoheight).await.map_err(|error| self.failed(error))
    }

    async fn block(&self, chain: &C, storage: &C::Storage, hash: Bytes32) -> Result<NodeBlock, ChainError> {
        if let Some((_, block)) = self.remembered().iter().find(|(known, _)| *known == hash) {
            return Ok(block.clone());
        }
        let block = chain.block(storage, hash).await.map_err(|error| self.failed(error))?;
        if block.left_out > 0 {
            let all = block.registered.len() + block.left_out;
            let height = block.height;
            return Err(self.failed(format_args!(
                "the block at height {height} holds {all} registrations, more than {MAX_REGISTERED}"
            )));
        }
        if block.registered.len() <= REMEMBERED_REGISTRATIONS {
            let mut remembered = self.remembered();
            if remembered.len() >= REMEMBERED_BLOCKS {
                remembered.pop_front();
            }
            remembered.push_back((hash, block.clone()));
        }
        Ok(block)
    }

    /// The block of this topoheight, under the caller's lock.
    async fn block_at(&self, chain: &C, storage: &C::Storage, topoheight: u64) -> Result<Block, ChainError> {
        if topoheight > chain.position().topoheight {
            return Err(ChainError::OutOfRange);
        }
        let hash = self.hash(chain, storage, topoheight).await?.ok_or(ChainError::OutOfRange)?;
        let NodeBlock { height, timestamp_ms, registered, .. } = self.block(chain, storage, hash).await?;
        Ok(Block { topoheight, height, hash, timestamp_ms, registered })
    }

    async fn read_tip(&self) -> Result<Tip, ChainError> {
        let chain = self.chain()?;
        let guard = chain.storage().await;
        let storage = guard.deref();
        let Position { topoheight, height, stable_topoheight, stable_height, block_time_ms } = chain.position();
        let top = self.hash(&chain, storage, topoheight).await?;
        let hash = top.ok_or_else(|| self.failed(format_args!("no block at the top, {topoheight}")))?;
        let NodeBlock { timestamp_ms, .. } = self.block(&chain, storage, hash).await?;
        let first_topoheight = chain.pruned_topoheight(storage).await.map_err(|error| self.failed(error))?;
        Ok(Tip {
            topoheight,
            height,
            stable_height,
            stable_topoheight,
            hash,
            timestamp_ms,
            block_time_ms,
            first_topoheight,
        })
    }

    /// Reads under one lock, or under several if it takes long; then checks at the end that the chain did not change.
    async fn read_blocks(&self, from: u64, to: u64) -> Result<Vec<Block>, ChainError> {
        let chain = self.chain()?;
        let mut blocks = Vec::new();
        let mut guard = chain.storage().await;
        let (mut since, mut locks) = (Instant::now(), 1);
        for topoheight in from..=to {
            if since.elapsed() >= HOLD {
                drop(guard);
                guard = chain.storage().await;
                (since, locks) = (Instant::now(), locks + 1);
            }
            blocks.push(self.block_at(&chain, guard.deref(), topoheight).await?);
        }
        for block in blocks.iter().filter(|_| locks > 1) {
            if self.hash(&chain, guard.deref(), block.topoheight).await? != Some(block.hash) {
                return Err(self.failed("the chain changed while it was read"));
            }
        }
        Ok(blocks)
    }
}

impl<C: NodeChain> ChainSource for NodeSource<C> {
    fn tip(self: Arc<Self>) -> ChainFuture<Tip> {
        Box::pin(async move { self.read_tip().await })
    }

    fn blocks(self: Arc<Self>, from: u64, to: u64) -> ChainFuture<Vec<Block>> {
        Box::pin(async move { self.read_blocks(from, to).await })
    }

    fn task(self: Arc<Self>, task_id: Bytes32) -> ChainFuture<Option<Task>> {
        Box::pin(async move {
            let chain = self.chain()?;
            let storage = chain.storage().await;
            chain.task(storage.deref(), task_id).await.map_err(|error| self.failed(error))
        })
    }

    fn miner(self: Arc<Self>, key: Bytes32) -> ChainFuture<Option<Miner>> {
        Box::pin(async move {
            let chain = self.chain()?;
            let storage = chain.storage().await;
            chain.miner(storage.deref(), key).await.map_err(|error| self.failed(error))
        })
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chain of one block, which registers so many miners.
    struct OneBlock(usize);

    impl NodeChain for OneBlock {
        type Storage = ();
        type Error = &'static str;

        async fn storage(&self) -> impl Deref<Target = ()> + Send + Sync {
            Box::new(())
        }

        fn position(&self) -> Position {
            Position { topoheight: 0, height: 0, stable_topoheight: 0, stable_height: 0, block_time_ms: 1 }
        }

        async fn pruned_topoheight(&self, (): &()) -> Result<Option<u64>, &'static str> {
            Ok(None)
        }

        async fn hash(&self, (): &(), _topoheight: u64) -> Result<Option<Bytes32>, &'static str> {
            Ok(Some([0; 32]))
        }

        async fn block(&self, (): &(), _hash: Bytes32) -> Result<NodeBlock, &'static str> {
            let mut block = NodeBlock::new(7, 0);
            (0..self.0).for_each(|_| block.registers(&[1; 32], &[1; 32], crate::REGISTRATION_FEE));
            Ok(block)
        }
    }

    async fn registered(count: usize) -> (Result<usize, ChainError>, Option<String>) {
        let chain = Arc::new(OneBlock(count));
        let source = Arc::new(NodeSource::new(&chain));
        let blocks = Arc::clone(&source).blocks(0, 0).await;
        (blocks.map(|blocks| blocks.iter().map(|block| block.registered.len()).sum()), source.trouble())
    }

    #[tokio::test]
    async fn a_block_with_too_many_registrations_is_not_told_without_some_of_them() {
        assert_eq!(registered(MAX_REGISTERED).await, (Ok(MAX_REGISTERED), None));
        let (blocks, trouble) = registered(MAX_REGISTERED + 2).await;
        assert_eq!(blocks, Err(ChainError::Unavailable));
        assert_eq!(trouble.unwrap(), "the block at height 7 holds 16386 registrations, more than 16384");
    }
}
