//! Layout checks and hashes of packed bundles.

use crate::KernelError;
use crate::bytes::{Reader, check_size, to_u32, to_usize};
use crate::envelope::{Context, HEAD_BYTES, RECORD_TAG, SIGNATURE_BYTES, check_layout, code};

/// Bytes of one row of a table, as [`scan`] describes it.
pub const ROW_BYTES: usize = 128;
/// Rows of a table at most, 8 MiB. Without the cap 16 MiB of empty bundles would need half a GiB.
pub const MAX_ROWS: usize = 65_536;
/// The type of a row that stands for a whole bundle with a wrong layout.
const NO_TYPE: u8 = 255;

/// Checks the layout of packed bundles and hashes their envelopes. The result is a table of rows, in order. No curve
/// operation runs.
///
/// `input` has bundles, each after its length u32. `context` has [`CONTEXT_BYTES`](crate::CONTEXT_BYTES). Numbers are
/// big-endian. A bundle with a wrong layout makes one row; any other bundle makes one row per envelope. A row has
/// [`ROW_BYTES`]:
///
/// | offset | field |
/// |---|---|
/// | 0 | code u8: 0, or the first fault of the layout (1 to 10, `TABLE_CODES` in `src/protocol/table.ts`) |
/// | 1 | type u8 (0 to 8), or 255 in the row of a bundle |
/// | 2 | record number u16 |
/// | 4 | index of the bundle u32 |
/// | 8 | offset u32 and length u32 of the envelope, or of the bundle |
/// | 16 | offset u32 and length u32 of the payload |
/// | 24 | timestamp u64, Unix seconds |
/// | 32 | sender, 32 bytes |
/// | 64 | record id, 32 bytes |
/// | 96 | BLAKE3-256 of the envelope, 32 bytes |
///
/// Offsets count bytes from the start of `input`. In a row with a code other than 0, the type of an envelope and the
/// fields at 2 and at 16 to 95 are 0. In the row of a bundle the hash is 0 too.
///
/// # Errors
///
/// [`KernelError::BadParameters`] if the input is over [`crate::MAX_INPUT_BYTES`] or ends within a bundle, the context
/// has a wrong length, or the table has more than [`MAX_ROWS`].
pub fn scan(input: &[u8], context: &[u8]) -> Result<Vec<u8>, KernelError> {
    check_size(input)?;
    let context = Context::read(context)?;
    let mut table = Table::default();
    let mut reader = Reader::new(input);
    let mut bundle_index = 0;
    while reader.remaining() > 0 {
        let length = reader.length()?;
        let offset = input.len() - reader.remaining();
        let bundle = Span { input, offset, length };
        reader.take(length)?;
        scan_bundle(&bundle, bundle_index, &context, &mut table)?;
        bundle_index += 1;
    }
    Ok(table.rows)
}

/// A range of the input. It may end after the input: [`Span::bytes`] checks it.
#[derive(Clone, Copy)]
struct Span<'a> {
    input: &'a [u8],
    offset: usize,
    length: usize,
}

impl<'a> Span<'a> {
    fn bytes(&self) -> Result<&'a [u8], KernelError> {
        self.input
            .get(self.offset..self.offset + self.length)
            .ok_or(KernelError::BadParameters("the packed input ends within a bundle"))
    }
}

#[derive(Default)]
struct Table {
    rows: Vec<u8>,
}

impl Table {
    fn push(&mut self, row: &[u8; ROW_BYTES]) -> Result<(), KernelError> {
        if self.rows.len() >= MAX_ROWS * ROW_BYTES {
            return Err(KernelError::BadParameters("the input makes over 65,536 rows"));
        }
        self.rows.extend_from_slice(row);
        Ok(())
    }
}

fn scan_bundle(
    bundle: &Span<'_>,
    bundle_index: u32,
    context: &Context<'_>,
    table: &mut Table,
) -> Result<(), KernelError> {
    match split_bundle(bundle, context) {
        Ok(envelopes) => {
            for envelope in envelopes {
                table.push(&envelope_row(&envelope, bundle_index, context)?)?;
            }
            Ok(())
        }
        Err(code) => table.push(&place(code, NO_TYPE, bundle_index, bundle)?),
    }
}

/// The envelopes of one bundle, or the code of its first fault.
fn split_bundle<'a>(bundle: &Span<'a>, context: &Context<'_>) -> Result<Vec<Span<'a>>, u8> {
    if bundle.length > context.bundle_max_bytes {
        return Err(code::BUNDLE_TOO_LARGE);
    }
    let bytes = bundle.bytes().map_err(|_| code::BUNDLE_LAYOUT)?;
    let mut reader = Reader::new(bytes);
    let mut envelopes = Vec::new();
    while reader.remaining() > 0 {
        let length = reader.length().map_err(|_| code::BUNDLE_LAYOUT)?;
        let offset = bundle.offset + bytes.len() - reader.remaining();
        reader.take(length).map_err(|_| code::BUNDLE_LAYOUT)?;
        if envelopes.len() >= context.bundle_max_count {
            return Err(code::BUNDLE_LAYOUT);
        }
        envelopes.push(Span { input: bundle.input, offset, length });
    }
    if envelopes.is_empty() { Err(code::BUNDLE_LAYOUT) } else { Ok(envelopes) }
}

/// The row of one envelope.
fn envelope_row(span: &Span<'_>, bundle_index: u32, context: &Context<'_>) -> Result<[u8; ROW_BYTES], KernelError> {
    let envelope = span.bytes()?;
    let mut row;
    match check_layout(envelope, context) {
        Err(code) => row = place(code, 0, bundle_index, span)?,
        Ok(head) => {
            row = place(0, head.kind, bundle_index, span)?;
            row[2..4].copy_from_slice(head.number);
            row[16..20].copy_from_slice(&to_u32(span.offset + HEAD_BYTES)?.to_be_bytes());
            row[20..24].copy_from_slice(&to_u32(head.payload_length)?.to_be_bytes());
            row[26..32].copy_from_slice(head.timestamp);
            row[32..64].copy_from_slice(head.sender);
            row[64..96].copy_from_slice(&record_id(envelope, context));
        }
    }
    row[96..128].copy_from_slice(&crate::hash(envelope));
    Ok(row)
}

/// A row with the fields that every row has.
fn place(code: u8, kind: u8, bundle_index: u32, span: &Span<'_>) -> Result<[u8; ROW_BYTES], KernelError> {
    let mut row = [0; ROW_BYTES];
    row[0] = code;
    row[1] = kind;
    row[4..8].copy_from_slice(&bundle_index.to_be_bytes());
    row[8..12].copy_from_slice(&to_u32(span.offset)?.to_be_bytes());
    row[12..16].copy_from_slice(&to_u32(span.length)?.to_be_bytes());
    Ok(row)
}

/// The record id of an envelope with a right layout: BLAKE3-256 of the record tag and the signed message.
fn record_id(envelope: &[u8], context: &Context<'_>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(RECORD_TAG);
    for part in context.signed_message(&envelope[..envelope.len() - SIGNATURE_BYTES]) {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// Offset and length of a row's envelope. They may be any numbers: the caller checks them against the input.
pub fn row_span(row: &[u8; ROW_BYTES]) -> (usize, usize) {
    let at =
        |offset: usize| to_usize(u32::from_be_bytes([row[offset], row[offset + 1], row[offset + 2], row[offset + 3]]));
    (at(8), at(12))
}
