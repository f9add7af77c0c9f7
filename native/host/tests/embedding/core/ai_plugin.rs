//! The AI network plugin: what it reads of the chain, how it starts, and how its methods are called.
use std::{ops::Deref, sync::Arc};

use serde_json::Value;
use tos_ai_host::{Bytes32, NodeBlock, NodeChain, Position};
use tos_common::{ai_mining::AIMiningPayload, context::Context, crypto::Hash};
use tos_common::{rpc::InternalRpcError, transaction::TransactionType};

use super::hard_fork::{get_block_time_target_for_version, get_version_at_height};
use super::{blockchain::Blockchain, error::BlockchainError, storage::Storage};

impl<S: Storage> NodeChain for Blockchain<S> {
    type Storage = S;
    type Error = BlockchainError;

    async fn storage(&self) -> impl Deref<Target = S> + Send + Sync {
        self.get_storage().read().await
    }

    fn position(&self) -> Position {
        let (topoheight, height) = (self.get_topo_height(), self.get_height());
        let (stable_topoheight, stable_height) = (self.get_stable_topoheight(), self.get_stable_height());
        let block_time_ms = get_block_time_target_for_version(get_version_at_height(self.get_network(), height));
        Position { topoheight, height, stable_topoheight, stable_height, block_time_ms }
    }

    async fn pruned_topoheight(&self, storage: &S) -> Result<Option<u64>, BlockchainError> {
        storage.get_pruned_topoheight().await
    }

    async fn hash(&self, storage: &S, topoheight: u64) -> Result<Option<Bytes32>, BlockchainError> {
        let is_there = storage.has_hash_at_topoheight(topoheight).await?;
        Ok(if is_there { Some(storage.get_hash_at_topo_height(topoheight).await?.to_bytes()) } else { None })
    }

    async fn block(&self, storage: &S, hash: Bytes32) -> Result<NodeBlock, BlockchainError> {
        let header = storage.get_block_header_by_hash(&Hash::new(hash)).await?;
        let mut block = NodeBlock::new(header.get_height(), header.get_timestamp());
        for tx_hash in header.get_txs_hashes() {
            let tx = storage.get_transaction(tx_hash).await?;
            let TransactionType::AIMining(payload) = tx.get_data() else { continue };
            let AIMiningPayload::RegisterMiner { miner_address, registration_fee } = payload else { continue };
            block.registers(tx.get_source().as_bytes(), miner_address.as_bytes(), *registration_fee);
        }
        Ok(block)
    }
}

pub async fn start<S: Storage>(chain: &Arc<Blockchain<S>>, command: Option<String>, dir: Option<String>) {
    let starting = chain.ai.start(command, dir, chain.get_network(), chain, |config| {
        config.log = Arc::new(|line| log::log!(line.level.named(log::Level::Info), "AI network: {}", line.message));
    });
    starting.await;
}

pub async fn call<S: Storage>(context: &Context, method: &str, params: Value) -> Result<Value, InternalRpcError> {
    let chain: &Arc<Blockchain<S>> = context.get()?;
    chain.ai.call_value(method, params).await.map_err(|e| InternalRpcError::Custom(e.code_i16(), e.to_string()))
}
