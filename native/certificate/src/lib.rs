//! Checks certificates of final verdicts (docs/protocol.md, section 13). A node of the chain, or any other program,
//! sees with the genesis and the rosters alone that more than two thirds of the weight of an electorate decided.
//!
//! The checks and their order are those of `src/protocol/certificate-check.ts`; docs/vectors/certificates.json has a
//! certificate for each answer. It is a crate beside `tos-ai-kernel`, because the builds of the kernel are bound to the
//! kernel's sources.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod list;
mod roster;
mod wire;

use list::List;
use roster::{Electorate, roster_of};
pub use roster::{Member, Roster};
use tos_ai_kernel::Verifier;
use wire::Certificate;

/// Why a certificate proves nothing, in the order of the checks, except that `ListMismatch` has three places.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// Two commits of one member.
    DoubledCommit,
    /// The bytes are no canonical certificate, or its list can't be read.
    Malformed,
    /// The list is of another task, names a validation of a key that does not vote, or no commit signs its value.
    ListMismatch,
    /// There is no roster of that day, or another one than that of the list.
    WrongRoster,
    /// A commit of a key that does not vote: beyond the roster, the publisher or the submitter.
    UnknownMember,
    /// The commits have at most two thirds of the weight of those who vote, or a third of the roster's.
    BelowQuorum,
    /// A commit's signature does not hold.
    BadSignature,
}

impl Refusal {
    /// The name in docs/protocol.md.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DoubledCommit => "doubled_commit",
            Self::Malformed => "malformed",
            Self::ListMismatch => "list_mismatch",
            Self::WrongRoster => "wrong_roster",
            Self::UnknownMember => "unknown_member",
            Self::BelowQuorum => "below_quorum",
            Self::BadSignature => "bad_signature",
        }
    }
}

/// What a certificate states.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certified {
    /// Digest of the network rules; a reader who knows the rules compares it.
    pub rules: [u8; 32],
    /// The task.
    pub task_id: [u8; 32],
    /// The submission whose verdict is final.
    pub submission_id: [u8; 32],
    /// Key of the task's publisher.
    pub publisher: [u8; 32],
    /// Key of the submission's author.
    pub submitter: [u8; 32],
    /// H(verdict; list).
    pub value: [u8; 32],
    /// The round in which it was decided.
    pub round: u16,
    /// The scores, 0 to 100, in the order of the roster.
    pub scores: Vec<u8>,
    /// Weight of the members who committed.
    pub voted_weight: u64,
    /// Weight of all members who may vote.
    pub weight: u64,
}

/// Checks a certificate: the payload of a message of type 8. `network` is the chain id. `verifier` verifies the
/// signatures.
///
/// # Errors
///
/// The first [`Refusal`] that applies.
pub fn verify_certificate(
    certificate: &[u8],
    genesis: &[u8; 32],
    network: u8,
    rosters: &[Roster],
    verifier: &Verifier,
) -> Result<Certified, Refusal> {
    let certificate = Certificate::decode(certificate)?;
    let list = List::decode(certificate.list).ok_or(Refusal::Malformed)?;
    if list.task_id != *certificate.task_id {
        return Err(Refusal::ListMismatch);
    }
    let roster = roster_of(genesis, rosters, certificate.t0, &list.roster).ok_or(Refusal::WrongRoster)?;
    let electorate = Electorate { members: &roster, publisher: &list.publisher, submitter: &list.submitter };
    if list.validations.iter().any(|&(index, _)| electorate.weight_at(index).is_none()) {
        return Err(Refusal::ListMismatch);
    }
    let mut voted_weight = 0;
    for commit in &certificate.commits {
        voted_weight += electorate.weight_at(commit.roster_index).ok_or(Refusal::UnknownMember)?;
    }
    let weight = electorate.weight();
    if 3 * voted_weight <= (2 * weight).max(electorate.roster_weight()) {
        return Err(Refusal::BelowQuorum);
    }
    let value = list::value(certificate.list);
    check_signatures(&certificate, &list, &value, &electorate, genesis, network, verifier)?;
    Ok(Certified {
        rules: list.rules,
        task_id: list.task_id,
        submission_id: list.submission_id,
        publisher: list.publisher,
        submitter: list.submitter,
        value,
        round: certificate.round,
        scores: list.validations.iter().map(|&(_, score)| score).collect(),
        voted_weight,
        weight,
    })
}

fn check_signatures(
    certificate: &Certificate<'_>,
    list: &List,
    value: &[u8; 32],
    electorate: &Electorate<'_>,
    genesis: &[u8; 32],
    network: u8,
    verifier: &Verifier,
) -> Result<(), Refusal> {
    let vote = wire::commit_vote(certificate, list, value);
    let mut items = Vec::new();
    for commit in &certificate.commits {
        let key = electorate.key_at(commit.roster_index).ok_or(Refusal::UnknownMember)?;
        let message = wire::signed_vote(genesis, network, commit.timestamp, key, &vote);
        items.extend_from_slice(key);
        items.extend_from_slice(commit.signature);
        items.extend_from_slice(&u32::try_from(message.len()).map_err(|_| Refusal::Malformed)?.to_be_bytes());
        items.extend_from_slice(&message);
    }
    let verdicts = verifier.verify_messages(&items).map_err(|_| Refusal::Malformed)?;
    let holding = verdicts.iter().filter(|&&verdict| verdict == 0).count();
    match holding {
        _ if holding == verdicts.len() => Ok(()),
        // The value that each commit signs is the hash of the list: with another list, no commit holds.
        0 => Err(Refusal::ListMismatch),
        _ => Err(Refusal::BadSignature),
    }
}
