use crate::KernelError;
use crate::bytes::{Reader, check_size, to_u32, to_usize};
use crate::envelope::{Context, HEAD_BYTES, RECORD_TAG, SIGNATURE_BYTES, check_layout, code};

/// Bytes of one row of a table.
pub const ROW_BYTES: usize = 128;
/// A table is at most 8 MiB. Without this cap 16 MiB of empty bundles would ask for half a GiB of rows.
pub const MAX_ROWS: usize = 65_536;
/// `type` of a row that stands for a whole broken bundle.
const NO_TYPE: u8 = 255;

/// Judges the layout of packed bundles and hashes their envelopes: a table of rows, in order. No curve work.
///
/// Offsets in rows count from the start of `input`. A row with a code has, beside it, only `bundle`, the offset and
/// length of what is bad and, for an envelope, the envelope's hash.
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

/// A part of the input that knows where it lies.
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

/// The envelopes of one bundle, or the code of what is wrong with it.
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

/// The fields that every row has.
fn place(code: u8, kind: u8, bundle_index: u32, span: &Span<'_>) -> Result<[u8; ROW_BYTES], KernelError> {
    let mut row = [0; ROW_BYTES];
    row[0] = code;
    row[1] = kind;
    row[4..8].copy_from_slice(&bundle_index.to_be_bytes());
    row[8..12].copy_from_slice(&to_u32(span.offset)?.to_be_bytes());
    row[12..16].copy_from_slice(&to_u32(span.length)?.to_be_bytes());
    Ok(row)
}

/// H(record; signed message) of an envelope whose layout is in order.
fn record_id(envelope: &[u8], context: &Context<'_>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(RECORD_TAG);
    for part in context.signed_message(&envelope[..envelope.len() - SIGNATURE_BYTES]) {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// Where the envelope of a row lies, as the row says; the caller checks it against the input.
pub fn row_span(row: &[u8; ROW_BYTES]) -> (usize, usize) {
    let at =
        |offset: usize| to_usize(u32::from_be_bytes([row[offset], row[offset + 1], row[offset + 2], row[offset + 3]]));
    (at(8), at(12))
}
