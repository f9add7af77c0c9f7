//! The canonical protobuf of certificates and votes, and the envelope of a vote.

use crate::Refusal;
use crate::list::{List, ROSTER_INDEX_END};

const SIGNATURE_BYTES: usize = 96;
const COMMITS_MAX: usize = 256;
/// Fields of a message at every depth.
const FIELDS_MAX: usize = 2048;
const TIME_END: u64 = 1 << 48;
const TASK_TYPE_MAX: u64 = 5;

/// A decoded certificate.
pub struct Certificate<'a> {
    pub task_id: &'a [u8; 32],
    pub task_type: u64,
    pub t0: u64,
    pub list: &'a [u8],
    pub round: u16,
    /// Ascending by roster index.
    pub commits: Vec<Commit<'a>>,
}

/// A commit of a certificate.
pub struct Commit<'a> {
    pub roster_index: u16,
    pub timestamp: u64,
    /// s, e, R.
    pub signature: &'a [u8; SIGNATURE_BYTES],
}

/// Fields in canonical form, before their ranges are checked.
#[derive(Default)]
struct RawCommit<'a> {
    roster_index: u64,
    timestamp: u64,
    signature: &'a [u8],
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Reads the fields of canonical messages.
struct Fields {
    left: usize,
}

impl Fields {
    /// Calls `take` with each field: numbers ascend, and stay equal only for `repeated`. `None` if the bytes are not
    /// canonical, or if `take` says so.
    fn read<'a>(
        &mut self,
        mut rest: &'a [u8],
        repeated: u64,
        mut take: impl FnMut(&mut Self, u64, Value<'a>) -> Option<()>,
    ) -> Option<()> {
        let mut last = 0;
        while !rest.is_empty() {
            self.left = self.left.checked_sub(1)?;
            let tag = varint(&mut rest)?;
            let number = tag >> 3;
            if number < last || number == 0 || (number == last && number != repeated) {
                return None;
            }
            last = number;
            let value = match tag & 7 {
                0 => Value::Number(varint(&mut rest).filter(|&value| value != 0)?),
                2 => {
                    let length = usize::try_from(varint(&mut rest)?).ok()?;
                    let (bytes, after) = rest.split_at_checked(length)?;
                    rest = after;
                    Value::Bytes(bytes)
                }
                _ => return None,
            };
            take(self, number, value)?;
        }
        Some(())
    }
}

/// A varint of 64 bits in its shortest form.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        if shift == 63 && byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return (byte != 0 || shift == 0).then_some(value);
        }
    }
    None
}

/// A number of 32 bits that is not the default.
fn small(value: u64) -> Option<u64> {
    u32::try_from(value).ok().map(u64::from)
}

impl<'a> Certificate<'a> {
    /// `DoubledCommit`, or `Malformed` for anything else that is not the canonical form of a certificate.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut task = None;
        let mut list: &[u8] = &[];
        let mut round = 0;
        let mut commits = Vec::new();
        Fields { left: FIELDS_MAX }
            .read(bytes, 4, |fields, number, value| {
                match (number, value) {
                    (1, Value::Bytes(bytes)) => task = Some(read_task(fields, bytes)?),
                    (2, Value::Bytes(bytes)) if !bytes.is_empty() => list = bytes,
                    (3, Value::Number(value)) => round = small(value)?,
                    (4, Value::Bytes(bytes)) => commits.push(read_commit(fields, bytes)?),
                    _ => return None,
                }
                Some(())
            })
            .ok_or(Refusal::Malformed)?;
        if commits.windows(2).any(|pair| matches!(pair, [a, b] if a.roster_index == b.roster_index)) {
            return Err(Refusal::DoubledCommit);
        }
        checked(task, list, round, &commits).ok_or(Refusal::Malformed)
    }
}

type Task<'a> = (&'a [u8], u64, u64);

fn read_task<'a>(fields: &mut Fields, bytes: &'a [u8]) -> Option<Task<'a>> {
    let mut task: Task<'a> = (&[], 0, 0);
    fields.read(bytes, 0, |_, number, value| {
        match (number, value) {
            (1, Value::Bytes(bytes)) if !bytes.is_empty() => task.0 = bytes,
            (2, Value::Number(value)) => task.1 = small(value)?,
            (3, Value::Number(value)) => task.2 = value,
            _ => return None,
        }
        Some(())
    })?;
    Some(task)
}

fn read_commit<'a>(fields: &mut Fields, bytes: &'a [u8]) -> Option<RawCommit<'a>> {
    let mut commit = RawCommit::default();
    fields.read(bytes, 0, |_, number, value| {
        match (number, value) {
            (1, Value::Number(value)) => commit.roster_index = small(value)?,
            (2, Value::Number(value)) => commit.timestamp = value,
            (3, Value::Bytes(bytes)) if !bytes.is_empty() => commit.signature = bytes,
            _ => return None,
        }
        Some(())
    })?;
    Some(commit)
}

/// The ranges of section 4.
fn checked<'a>(task: Option<Task<'a>>, list: &'a [u8], round: u64, raw: &[RawCommit<'a>]) -> Option<Certificate<'a>> {
    let (task_id, task_type, t0) = task?;
    if list.is_empty() || raw.is_empty() || raw.len() > COMMITS_MAX || task_type > TASK_TYPE_MAX || t0 >= TIME_END {
        return None;
    }
    let mut commits: Vec<Commit<'a>> = Vec::with_capacity(raw.len());
    for commit in raw {
        let roster_index = u16::try_from(commit.roster_index).ok().filter(|&index| index < ROSTER_INDEX_END)?;
        let ascends = commits.last().is_none_or(|last| last.roster_index < roster_index);
        if !ascends || commit.timestamp >= TIME_END {
            return None;
        }
        let signature = commit.signature.try_into().ok()?;
        commits.push(Commit { roster_index, timestamp: commit.timestamp, signature });
    }
    Some(Certificate {
        task_id: task_id.try_into().ok()?,
        task_type,
        t0,
        list,
        round: u16::try_from(round).ok()?,
        commits,
    })
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn put_number(out: &mut Vec<u8>, number: u8, value: u64) {
    if value != 0 {
        out.push(number << 3);
        put_varint(out, value);
    }
}

fn put_bytes(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push((number << 3) | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// The payload of the vote that each commit of a certificate is.
pub fn commit_vote(certificate: &Certificate<'_>, list: &List, value: &[u8; 32]) -> Vec<u8> {
    let mut task = Vec::new();
    put_bytes(&mut task, 1, certificate.task_id);
    put_number(&mut task, 2, certificate.task_type);
    put_number(&mut task, 3, certificate.t0);
    let mut vote = Vec::new();
    put_bytes(&mut vote, 1, &task);
    put_bytes(&mut vote, 2, &list.submission_id);
    put_bytes(&mut vote, 3, &list.roster);
    put_number(&mut vote, 4, u64::from(certificate.round));
    put_number(&mut vote, 5, 1);
    put_bytes(&mut vote, 7, value);
    vote
}

/// The signed message of a vote: tag, genesis, and the head of its envelope (section 3).
pub fn signed_vote(genesis: &[u8; 32], network: u8, timestamp: u64, key: &[u8; 32], vote: &[u8]) -> Vec<u8> {
    let [_, _, time @ ..] = timestamp.to_be_bytes();
    let mut message = b"tos-ai-sync/envelope/v1\0".to_vec();
    message.extend_from_slice(genesis);
    message.extend_from_slice(&[1, 6, network, 0]);
    message.extend_from_slice(&time);
    message.extend_from_slice(&[0, 0]);
    message.extend_from_slice(key);
    // A vote has less than 200 bytes.
    message.extend_from_slice(&(vote.len() as u32).to_be_bytes());
    message.extend_from_slice(vote);
    message
}
