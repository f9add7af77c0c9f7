//! The host's messages in their wire format.

use serde::{Serialize, Serializer};

use crate::chain::{Block, Bytes32, Miner, Task, Tip};
use crate::config::{Network, PluginOptions, Registry};
use crate::events::Event;
use crate::hex;
use crate::wire::{self, Integer};

/// 32 bytes as hex digits.
#[derive(Clone, Copy)]
pub struct Hex32(pub Bytes32);

impl Serialize for Hex32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

#[derive(Serialize)]
pub struct ManifestParams<'a> {
    pub cookie: &'a str,
    pub protocol: Versions,
}

#[derive(Serialize)]
pub struct Versions {
    pub min: u32,
    pub max: u32,
}

#[derive(Serialize)]
pub struct InitParams<'a> {
    pub cookie: &'a str,
    pub network: Network,
    pub genesis: Hex32,
    pub data_dir: &'a str,
    pub tip: Option<TipOut>,
    pub signer: SignerOut,
    pub registry: Registry,
    pub options: OptionsOut<'a>,
    pub host: NodeOut<'a>,
}

#[derive(Clone, Serialize)]
pub struct SignerOut {
    pub node: Option<Hex32>,
    pub authors: Vec<Hex32>,
    pub fresh: Vec<Hex32>,
}

/// The options; `Api::Off` is `null`, `Api::Default` is absent.
#[derive(Serialize)]
#[serde(transparent)]
pub struct OptionsOut<'a>(pub &'a PluginOptions);

#[derive(Serialize)]
pub struct NodeOut<'a> {
    pub name: &'a str,
    pub version: &'a str,
}

#[derive(Serialize)]
pub struct TipOut {
    topoheight: Integer,
    height: Integer,
    stable_height: Integer,
    stable_topoheight: Integer,
    hash: Hex32,
    timestamp_ms: Integer,
    block_time_ms: Integer,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_topoheight: Option<Integer>,
}

impl From<&Tip> for TipOut {
    fn from(tip: &Tip) -> Self {
        Self {
            topoheight: Integer(tip.topoheight),
            height: Integer(tip.height),
            stable_height: Integer(tip.stable_height),
            stable_topoheight: Integer(tip.stable_topoheight),
            hash: Hex32(tip.hash),
            timestamp_ms: Integer(tip.timestamp_ms),
            block_time_ms: Integer(tip.block_time_ms),
            first_topoheight: tip.first_topoheight.map(Integer),
        }
    }
}

#[derive(Serialize)]
pub struct BlockOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    topoheight: Integer,
    height: Integer,
    hash: Hex32,
    timestamp_ms: Integer,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    registered: Vec<Hex32>,
}

impl BlockOut {
    pub fn new(block: &Block, seq: Option<u64>) -> Self {
        Self {
            seq,
            topoheight: Integer(block.topoheight),
            height: Integer(block.height),
            hash: Hex32(block.hash),
            timestamp_ms: Integer(block.timestamp_ms),
            registered: block.registered.iter().copied().map(Hex32).collect(),
        }
    }
}

#[derive(Serialize)]
pub struct TaskOut {
    publisher: Hex32,
    status: &'static str,
    published_at: Integer,
    reward_amount: String,
    deadline_ms: String,
}

impl From<&Task> for TaskOut {
    fn from(task: &Task) -> Self {
        Self {
            publisher: Hex32(task.publisher),
            status: task.status.name(),
            published_at: Integer(task.published_at),
            reward_amount: task.reward_amount.to_string(),
            deadline_ms: task.deadline_ms.to_string(),
        }
    }
}

#[derive(Serialize)]
pub struct MinerOut {
    key: Hex32,
    registered_at: Integer,
    reputation: u16,
}

impl From<&Miner> for MinerOut {
    fn from(miner: &Miner) -> Self {
        Self { key: Hex32(miner.key), registered_at: Integer(miner.registered_at), reputation: miner.reputation }
    }
}

#[derive(Serialize)]
pub struct SignatureOut {
    pub signature: String,
}

#[derive(Serialize)]
pub struct ShutdownParams {
    pub deadline_ms: u64,
}

#[derive(Serialize)]
struct RewoundOut {
    seq: u64,
    topoheight: Integer,
    tip: TipOut,
}

#[derive(Serialize)]
struct TipEventOut {
    seq: u64,
    tip: TipOut,
}

#[derive(Serialize)]
struct PeersOut {
    seq: u64,
    hosts: Vec<String>,
}

#[derive(Serialize)]
struct LaggedOut {
    seq: u64,
    missed: u64,
}

/// The line of an event.
pub fn event_line(event: &Event, seq: u64) -> Result<Vec<u8>, serde_json::Error> {
    let name = event.name();
    match event {
        Event::Block(block) => wire::notification(name, BlockOut::new(block, Some(seq))),
        Event::Rewound { topoheight, tip } => {
            wire::notification(name, RewoundOut { seq, topoheight: Integer(*topoheight), tip: tip.into() })
        }
        Event::Tip(tip) => wire::notification(name, TipEventOut { seq, tip: tip.into() }),
        Event::Peers(hosts) => {
            wire::notification(name, PeersOut { seq, hosts: hosts.iter().map(ToString::to_string).collect() })
        }
    }
}

/// The line of a `lagged` event.
pub fn lagged_line(missed: u64, seq: u64) -> Result<Vec<u8>, serde_json::Error> {
    wire::notification("lagged", LaggedOut { seq, missed })
}
