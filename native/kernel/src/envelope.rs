use crate::KernelError;
use crate::bytes::{Reader, to_usize};

/// Bytes before the payload.
pub const HEAD_BYTES: usize = 48;
/// s, e and the nonce commitment R.
pub const SIGNATURE_BYTES: usize = 96;
pub const ENVELOPE_OVERHEAD: usize = HEAD_BYTES + SIGNATURE_BYTES;
/// Bytes of a packed [`Context`].
pub const CONTEXT_BYTES: usize = 77;

const VERSION: u8 = 1;
const TYPES: usize = 9;
/// Types 0 to 2 carry their author's record number, the others 0.
const LAST_NUMBERED_TYPE: u8 = 2;

pub const ENVELOPE_TAG: &[u8] = b"tos-ai-sync/envelope/v1\0";
pub const RECORD_TAG: &[u8] = b"tos-ai-sync/record/v1\0";

/// Codes of rows, as `src/protocol/table.ts` numbers them.
pub mod code {
    pub const BUNDLE_LAYOUT: u8 = 1;
    pub const BUNDLE_TOO_LARGE: u8 = 2;
    pub const ENVELOPE_TRUNCATED: u8 = 3;
    pub const ENVELOPE_TOO_LONG: u8 = 4;
    pub const BAD_VERSION: u8 = 5;
    pub const UNKNOWN_TYPE: u8 = 6;
    pub const WRONG_NETWORK: u8 = 7;
    pub const BAD_FLAGS: u8 = 8;
    pub const BAD_NUMBER: u8 = 9;
    pub const PAYLOAD_OVER_LIMIT: u8 = 10;
}

/// What must be known of the network to judge a layout and to rebuild a signed message.
pub struct Context<'a> {
    network: u8,
    pub genesis: &'a [u8; 32],
    payload_limits: [usize; TYPES],
    pub bundle_max_count: usize,
    pub bundle_max_bytes: usize,
}

impl<'a> Context<'a> {
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

    /// The parts of the signed message over `head`, to be hashed one after the other.
    pub const fn signed_message<'m>(&self, head: &'m [u8]) -> [&'m [u8]; 3]
    where
        'a: 'm,
    {
        [ENVELOPE_TAG, self.genesis, head]
    }
}

/// Fields of the head, once the layout was found in order.
pub struct Head<'a> {
    pub kind: u8,
    pub number: &'a [u8; 2],
    /// Unix seconds, u48.
    pub timestamp: &'a [u8; 6],
    pub sender: &'a [u8; 32],
    pub payload_length: usize,
}

/// Layout of one envelope; the order of the checks is that of `checkLayout` in `src/protocol/envelope.ts`.
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
