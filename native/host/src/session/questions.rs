//! The plugin's questions to the host.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::payloads::{BlockOut, MinerOut, SignatureOut, TaskOut, TipOut};
use crate::chain::{Block, Bytes32, ChainError, MAX_BLOCKS, MAX_REGISTERED, Miner, Task, Tip};
use crate::hex;
use crate::line::MAX_LINE_BYTES;
use crate::signing::{MAX_MESSAGE_BYTES, Refusal};
use crate::wire::{self, Integer, WireId, code};

/// A question of the plugin that the node answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    Tip,
    Blocks { from: u64, to: u64 },
    Task(Bytes32),
    Miner(Bytes32),
    Sign { key: Bytes32, message: Vec<u8> },
}

/// The answer to a question.
#[derive(Debug)]
pub enum Reply {
    Tip(Tip),
    Blocks(Vec<Block>),
    Task(Option<Task>),
    Miner(Option<Miner>),
    Signature([u8; 96]),
    Chain(ChainError),
    Refused(Refusal),
}

/// Why a request is not a valid question.
#[derive(Debug, PartialEq, Eq)]
pub struct BadQuestion {
    pub code: i64,
    pub message: &'static str,
}

const BAD_PARAMS: BadQuestion = BadQuestion { code: code::INVALID_PARAMS, message: "bad params" };
const NO_METHOD: BadQuestion = BadQuestion { code: code::METHOD_NOT_FOUND, message: "no such method" };

/// The most bytes of an answer without its blocks; of a block without its registrations; of a key with quotes and
/// comma.
const LINE_AROUND_BYTES: usize = 1024;
const BLOCK_BYTES: usize = 512;
const KEY_BYTES: usize = 67;

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct BlocksIn {
    from: Integer,
    to: Integer,
}

#[derive(Deserialize)]
struct TaskIn {
    task_id: String,
}

#[derive(Deserialize)]
struct MinerIn {
    key: String,
}

#[derive(Deserialize)]
struct SignIn {
    key: String,
    message: String,
}

impl Question {
    pub fn read(method: &str, raw: Option<&RawValue>) -> Result<Self, BadQuestion> {
        match method {
            "chain.tip" => read(raw).map(|Nothing {}| Self::Tip),
            "chain.blocks" => {
                let BlocksIn { from: Integer(from), to: Integer(to) } = read(raw)?;
                let fits = to.checked_sub(from).is_some_and(|span| span < MAX_BLOCKS);
                if fits { Ok(Self::Blocks { from, to }) } else { Err(BAD_PARAMS) }
            }
            "chain.task" => read(raw).and_then(|TaskIn { task_id }| key(&task_id)).map(Self::Task),
            "chain.miner" => read(raw).and_then(|MinerIn { key: text }| key(&text)).map(Self::Miner),
            "sign" => {
                let params: SignIn = read(raw)?;
                // A longer message is refused without decoding.
                let digits = params.message.get(..2 * (MAX_MESSAGE_BYTES + 1)).unwrap_or(&params.message);
                let message = hex::decode(digits).ok_or(BAD_PARAMS)?;
                Ok(Self::Sign { key: key(&params.key)?, message })
            }
            _ => Err(NO_METHOD),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Result<T, BadQuestion> {
    wire::params(raw).map_err(|_| BAD_PARAMS)
}

fn key(text: &str) -> Result<Bytes32, BadQuestion> {
    hex::decode32(text).ok_or(BAD_PARAMS)
}

/// Why an answer of the node's chain is invalid.
pub fn unfit(question: &Asked, reply: &Reply) -> Option<&'static str> {
    match (question, reply) {
        (Asked::Blocks { from, to }, Reply::Blocks(blocks)) if !are_blocks(blocks, *from, *to) => {
            Some("other blocks than were asked for")
        }
        (_, Reply::Blocks(blocks)) if blocks.iter().any(|block| block.registered.len() > MAX_REGISTERED) => {
            Some("a block with more registrations than there can be")
        }
        _ => None,
    }
}

/// The line that answers a question, if the answer is not [`unfit`].
pub fn reply_line(id: &WireId, question: &Asked, reply: &Reply) -> Result<Vec<u8>, serde_json::Error> {
    let line = match (question, reply) {
        (Asked::Other, Reply::Tip(tip)) => wire::result(id, TipOut::from(tip)),
        (question @ Asked::Blocks { .. }, Reply::Blocks(blocks)) if unfit(question, reply).is_none() => {
            let blocks = blocks.get(..in_one_line(blocks)).unwrap_or(blocks);
            wire::result(id, blocks.iter().map(|block| BlockOut::new(block, None)).collect::<Vec<_>>())
        }
        (Asked::Other, Reply::Task(task)) => wire::result(id, task.as_ref().map(TaskOut::from)),
        (Asked::Other, Reply::Miner(miner)) => wire::result(id, miner.as_ref().map(MinerOut::from)),
        (Asked::Other, Reply::Signature(signature)) => {
            wire::result(id, SignatureOut { signature: hex::encode(signature) })
        }
        (_, Reply::Refused(refusal)) => {
            wire::error(id, code::REFUSED, "the signing policy refuses", Some(refusal.reason()))
        }
        (_, Reply::Chain(ChainError::OutOfRange)) => {
            wire::error(id, code::INVALID_PARAMS, "the chain has no such blocks", Some("out_of_range"))
        }
        _ => unavailable(id),
    }?;
    if line.len() > MAX_LINE_BYTES { unavailable(id) } else { Ok(line) }
}

fn unavailable(id: &WireId) -> Result<Vec<u8>, serde_json::Error> {
    wire::error(id, code::UNAVAILABLE, "the chain can't say now", None)
}

/// The number of first blocks that fit into one line.
fn in_one_line(blocks: &[Block]) -> usize {
    let mut bytes = LINE_AROUND_BYTES;
    let fits = |block: &&Block| {
        bytes += BLOCK_BYTES + KEY_BYTES * block.registered.len();
        bytes <= MAX_LINE_BYTES
    };
    blocks.iter().take_while(fits).count()
}

fn are_blocks(blocks: &[Block], from: u64, to: u64) -> bool {
    blocks.iter().map(|block| block.topoheight).eq(from..=to)
}

/// The part of an open question that is needed to check its answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    Blocks { from: u64, to: u64 },
    Other,
}

impl From<&Question> for Asked {
    fn from(question: &Question) -> Self {
        match question {
            Question::Blocks { from, to } => Self::Blocks { from: *from, to: *to },
            Question::Tip | Question::Task(_) | Question::Miner(_) | Question::Sign { .. } => Self::Other,
        }
    }
}
