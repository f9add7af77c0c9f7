//! The layout of an envelope (docs/protocol.md, "Envelope").

use crate::KernelError;
use crate::bytes::{Reader, to_usize};

/// Bytes of an envelope before the payload.
pub const HEAD_BYTES: usize = 48;
/// Bytes of s, e and the nonce commitment R, 32 each.
pub const SIGNATURE_BYTES: usize = 96;
/// Bytes of an envelope without its payload.
pub const ENVELOPE_OVERHEAD: usize = HEAD_BYTES + SIGNATURE_BYTES;
/// Bytes of the context that [`scan`](crate::scan) and [`Verifier::verify`](crate::Verifier::verify) take: network u8,
/// genesis 32 bytes, nine payload limits u32 (bytes, by type), envelopes of a bundle u32, bytes of a bundle u32.
pub const CONTEXT_BYTES: usize = 77;

const VERSION: u8 = 1;
/// Number of message types; the first is 0.
const TYPES: usize = 9;
/// Types 0 to 2 carry their author's record number. In the others the number is 0.
const LAST_NUMBERED_TYPE: u8 = 2;

/// Prefix of the signed message of an envelope.
pub const ENVELOPE_TAG: &[u8] = b"tos-ai-sync/envelope/v1\0";
/// Prefix of a signed message in the hash that is the record id.
pub const RECORD_TAG: &[u8] = b"tos-ai-sync/record/v1\0";

/// Codes of rows with a wrong layout, equal to those of `src/protocol/table.ts`. 0 is a right layout.
pub mod code {
    /// The bundle has no envelope, too many, or ends within one.
    pub const BUNDLE_LAYOUT: u8 = 1;
    /// The bundle has more bytes than the context allows.
    pub const BUNDLE_TOO_LARGE: u8 = 2;
    /// The envelope ends before its head, payload or signature does.
    pub const ENVELOPE_TRUNCATED: u8 = 3;
    /// There are bytes after the signature.
    pub const ENVELOPE_TOO_LONG: u8 = 4;
    /// The version is not 1.
    pub const BAD_VERSION: u8 = 5;
    /// The type is over 8.
    pub const UNKNOWN_TYPE: u8 = 6;
    /// The network is not that of the context.
    pub const WRONG_NETWORK: u8 = 7;
    /// The flags are not 0.
    pub const BAD_FLAGS: u8 = 8;
    /// A type without record numbers has a number other than 0.
    pub const BAD_NUMBER: u8 = 9;
    /// The payload has more bytes than the context allows for its type.
    pub const PAYLOAD_OVER_LIMIT: u8 = 10;
}

/// The facts of a network that the layout check and the signed message need.
pub struct Context<'a> {
    network: u8,
    /// Hash of the genesis block.
    pub genesis: &'a [u8; 32],
    /// Bytes of a payload at most, by type.
    payload_limits: [usize; TYPES],
    /// Envelopes of a bundle at most.
    pub bundle_max_count: usize,
    /// Bytes of a bundle at most.
    pub bundle_max_bytes: usize,
}

impl<'a> Context<'a> {
    /// Unpacks a context of [`CONTEXT_BYTES`]; `BadParameters` for another length.
    pub fn read(packed: &'a [u8]) -> Result<Self, KernelError> {
        if packed.len() != CONTEXT_BYTES {
            return Err(KernelError::BadParameters("the context is not 77 bytes"));
        }
        let mut reader = Reader::new(packed);
        let network = reader.array::<1>()?[0];
        let genesis = reader.array()?;
        let mut payload_limits = [0; TYPES];
        for limit in &mut payload_limits {
            *limit = reader.length()?;
        }
        let bundle_max_count = reader.length()?;
        let bundle_max_bytes = reader.length()?;
        Ok(Self { network, genesis, payload_limits, bundle_max_count, bundle_max_bytes })
    }

    /// The parts of the signed message over `head` (the envelope without its signature). The message is their
    /// concatenation.
    pub const fn signed_message<'m>(&self, head: &'m [u8]) -> [&'m [u8]; 3]
    where
        'a: 'm,
    {
        [ENVELOPE_TAG, self.genesis, head]
    }
}

/// Fields of an envelope that passed the layout check.
pub struct Head<'a> {
    /// The type, 0 to 8.
    pub kind: u8,
    /// Record number of the author, u16.
    pub number: &'a [u8; 2],
    /// Unix seconds, u48.
    pub timestamp: &'a [u8; 6],
    /// Public key of the author. The layout check does not decode it.
    pub sender: &'a [u8; 32],
    /// Bytes of the payload.
    pub payload_length: usize,
}

/// Checks the layout of one envelope, in the order of `checkLayout` in `src/protocol/envelope.ts`. An error is the byte
/// of [`code`] for the first fault.
pub fn check_layout<'a>(envelope: &'a [u8], context: &Context<'_>) -> Result<Head<'a>, u8> {
    if envelope.len() < ENVELOPE_OVERHEAD {
        return Err(code::ENVELOPE_TRUNCATED);
    }
    let head = read_head(envelope).ok_or(code::ENVELOPE_TRUNCATED)?;
    if head.version != VERSION {
        return Err(code::BAD_VERSION);
    }
    let limit = *context.payload_limits.get(usize::from(head.kind)).ok_or(code::UNKNOWN_TYPE)?;
    if head.network != context.network {
        return Err(code::WRONG_NETWORK);
    }
    if head.flags != 0 {
        return Err(code::BAD_FLAGS);
    }
    if head.kind > LAST_NUMBERED_TYPE && *head.number != [0, 0] {
        return Err(code::BAD_NUMBER);
    }
    let payload_length = to_usize(head.payload_length);
    if payload_length > limit {
        return Err(code::PAYLOAD_OVER_LIMIT);
    }
    let payload_present = envelope.len() - ENVELOPE_OVERHEAD;
    if payload_present < payload_length {
        return Err(code::ENVELOPE_TRUNCATED);
    }
    if payload_present > payload_length {
        return Err(code::ENVELOPE_TOO_LONG);
    }
    Ok(Head { kind: head.kind, number: head.number, timestamp: head.timestamp, sender: head.sender, payload_length })
}

struct RawHead<'a> {
    version: u8,
    kind: u8,
    network: u8,
    flags: u8,
    timestamp: &'a [u8; 6],
    number: &'a [u8; 2],
    sender: &'a [u8; 32],
    payload_length: u32,
}

fn read_head(envelope: &[u8]) -> Option<RawHead<'_>> {
    let (&[version, kind, network, flags], rest) = envelope.split_first_chunk()?;
    let (timestamp, rest) = rest.split_first_chunk()?;
    let (number, rest) = rest.split_first_chunk()?;
    let (sender, rest) = rest.split_first_chunk()?;
    let (length, _) = rest.split_first_chunk()?;
    let payload_length = u32::from_be_bytes(*length);
    Some(RawHead { version, kind, network, flags, timestamp, number, sender, payload_length })
}
