use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tos_ai_host::{Block, Bytes32, ChainError, ChainFuture, ChainSource, Miner, Task, Tip};

use crate::options::{Options, now_ms};

/// Blocks below the top that are final.
const STABLE_DEPTH: u64 = 8;
/// The most blocks made at one reading of the clock; the next reading makes the rest.
const MAX_AT_ONCE: u64 = 10_000;
/// What a miner's reputation is at first.
const FIRST_REPUTATION: u16 = 500;

/// A chain without work and without state: block n is there as soon as its time has come, and its hash follows from the
/// seed.
pub struct MiniChain {
    seed: u64,
    genesis_ms: u64,
    block_ms: u64,
    registered: Vec<Bytes32>,
    genesis: Bytes32,
    /// Blocks kept below the top, where older ones are pruned.
    keep: Option<u64>,
    state: Mutex<State>,
}

struct State {
    top: u64,
    /// From the first number on, blocks have other hashes than the seed's: how often the chain was rewound.
    branches: Vec<(u64, u64)>,
}

impl MiniChain {
    /// `registered` are keys that block 1 registers for AI mining.
    pub fn new(options: &Options, registered: Vec<Bytes32>) -> Self {
        let Options { seed, genesis_ms, block_ms, genesis, keep, .. } = *options;
        let named = || tos_ai_kernel::hash(format!("mini-node {seed} {genesis_ms} {block_ms}").as_bytes());
        let state = Mutex::new(State { top: 0, branches: Vec::new() });
        let chain =
            Self { seed, genesis_ms, block_ms, registered, genesis: genesis.unwrap_or_else(named), keep, state };
        chain.lock().top = chain.due();
        chain
    }

    pub const fn genesis(&self) -> Bytes32 {
        self.genesis
    }

    /// The blocks whose time has come.
    pub fn advance(&self) -> Vec<Block> {
        let due = self.due();
        let mut state = self.lock();
        let from = state.top + 1;
        state.top = due.clamp(state.top, state.top + MAX_AT_ONCE);
        (from..=state.top).map(|topoheight| self.block(&state, topoheight)).collect()
    }

    pub fn top(&self) -> Tip {
        let state = self.lock();
        let block = self.block(&state, state.top);
        let stable = state.top.saturating_sub(STABLE_DEPTH);
        Tip {
            topoheight: block.topoheight,
            height: block.height,
            stable_height: stable,
            stable_topoheight: stable,
            hash: block.hash,
            timestamp_ms: block.timestamp_ms,
            block_time_ms: self.block_ms,
            first_topoheight: self.first(&state),
        }
    }

    /// The lowest block that is still there, where older ones were pruned.
    fn first(&self, state: &State) -> Option<u64> {
        self.keep.map(|keep| state.top.saturating_sub(keep)).filter(|first| *first > 0)
    }

    /// The last `depth` blocks are others now. The topoheight below them, and the blocks.
    pub fn rewind(&self, depth: u64) -> (u64, Vec<Block>) {
        let mut state = self.lock();
        let kept = state.top.saturating_sub(depth);
        let salt = state.branches.last().map_or(1, |(_, salt)| salt + 1);
        state.branches.retain(|(from, _)| *from <= kept);
        state.branches.push((kept + 1, salt));
        (kept, (kept + 1..=state.top).map(|topoheight| self.block(&state, topoheight)).collect())
    }

    fn due(&self) -> u64 {
        now_ms().saturating_sub(self.genesis_ms) / self.block_ms
    }

    fn block(&self, state: &State, topoheight: u64) -> Block {
        let salt = state.branches.iter().rev().find(|(from, _)| *from <= topoheight).map_or(0, |(_, salt)| *salt);
        let name = format!("mini-node block {} {topoheight} {salt}", self.seed);
        Block {
            topoheight,
            height: topoheight,
            hash: if topoheight == 0 { self.genesis() } else { tos_ai_kernel::hash(name.as_bytes()) },
            timestamp_ms: self.genesis_ms + topoheight * self.block_ms,
            registered: if topoheight == 1 { self.registered.clone() } else { Vec::new() },
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChainSource for MiniChain {
    fn tip(self: Arc<Self>) -> ChainFuture<Tip> {
        Box::pin(ready(Ok(self.top())))
    }

    fn blocks(self: Arc<Self>, from: u64, to: u64) -> ChainFuture<Vec<Block>> {
        let state = self.lock();
        let blocks = if to > state.top || self.first(&state).is_some_and(|first| from < first) {
            Err(ChainError::OutOfRange)
        } else {
            Ok((from..=to).map(|topoheight| self.block(&state, topoheight)).collect())
        };
        drop(state);
        Box::pin(ready(blocks))
    }

    fn task(self: Arc<Self>, _task_id: Bytes32) -> ChainFuture<Option<Task>> {
        Box::pin(ready(Ok(None)))
    }

    fn miner(self: Arc<Self>, key: Bytes32) -> ChainFuture<Option<Miner>> {
        let known = self.lock().top >= 1 && self.registered.contains(&key);
        Box::pin(ready(Ok(known.then_some(Miner { key, registered_at: 1, reputation: FIRST_REPUTATION }))))
    }
}
