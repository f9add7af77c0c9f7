//! Verification of packed signatures.

use crate::KernelError;
use crate::batch::Batches;
use crate::bytes::{Reader, check_size};
use crate::envelope::{Context, ENVELOPE_OVERHEAD, SIGNATURE_BYTES};
use crate::scan::{MAX_ROWS, ROW_BYTES, row_span};
use crate::signature::{Signature, Signed};

/// The verdict of a row whose byte in the mask is not 1.
pub const NOT_ASKED: u8 = 255;

/// A verifier of packed signatures. It verifies in batches with random coefficients and caches up to 16,384 public keys
/// (3 MiB). Threads may share it.
pub struct Verifier {
    batches: Batches,
}

impl Verifier {
    /// A verifier with an empty cache. `secret` is 32 random bytes of this process: whoever knows them can make a batch
    /// with a bad signature pass.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self { batches: Batches::new(secret) }
    }

    /// Verifies the signatures of a scan: one verdict byte per row of `table`.
    ///
    /// `input` and `context` are those of the [`scan`](crate::scan), `table` is its result, and `mask` has one byte per
    /// row. The verdict is [`NOT_ASKED`] if the row's byte in `mask` is not 1; otherwise the row's own code if that is
    /// not 0; otherwise 0 for a valid signature, or the first fault (20 to 24, `TABLE_CODES` in
    /// `src/protocol/table.ts`).
    ///
    /// # Errors
    ///
    /// [`KernelError::BadParameters`] if the input is over [`crate::MAX_INPUT_BYTES`], the context, table or mask has a
    /// wrong length, the table has more than [`MAX_ROWS`], or a row to verify points to no envelope of the input.
    pub fn verify(&self, input: &[u8], table: &[u8], mask: &[u8], context: &[u8]) -> Result<Vec<u8>, KernelError> {
        check_size(input)?;
        let context = Context::read(context)?;
        let (rows, []) = table.as_chunks::<ROW_BYTES>() else {
            return Err(KernelError::BadParameters("the table is not made of rows of 128 bytes"));
        };
        if rows.len() > MAX_ROWS {
            return Err(KernelError::BadParameters("the table has over 65,536 rows"));
        }
        if mask.len() != rows.len() {
            return Err(KernelError::BadParameters("the mask has not one byte per row"));
        }
        let mut verdicts = vec![NOT_ASKED; rows.len()];
        let mut asked = Vec::new();
        let mut signed = Vec::new();
        for ((index, row), verdict) in rows.iter().enumerate().zip(&mut verdicts) {
            if mask.get(index) != Some(&1) {
                continue;
            }
            if row[0] != 0 {
                *verdict = row[0];
                continue;
            }
            asked.push(index);
            signed.push(read_envelope(input, row, &context)?);
        }
        for (index, verdict) in asked.into_iter().zip(self.batches.verify(&signed)) {
            if let Some(place) = verdicts.get_mut(index) {
                *place = verdict;
            }
        }
        Ok(verdicts)
    }

    /// Verifies packed items: one verdict byte per item, 0 or the first fault (20 to 24).
    ///
    /// An item has the public key (32 bytes), s, e and R (96 bytes), the length of the message (u32, big-endian) and
    /// the message.
    ///
    /// # Errors
    ///
    /// [`KernelError::BadParameters`] if the items are over [`crate::MAX_INPUT_BYTES`] or end within one.
    pub fn verify_messages(&self, items: &[u8]) -> Result<Vec<u8>, KernelError> {
        check_size(items)?;
        let mut reader = Reader::new(items);
        let mut signed = Vec::new();
        while reader.remaining() > 0 {
            let key = reader.array()?;
            let signature = Signature { s: reader.array()?, e: reader.array()?, r: reader.array()? };
            let length = reader.length()?;
            signed.push(Signed { key, signature, message: [reader.take(length)?, &[], &[]] });
        }
        Ok(self.batches.verify(&signed))
    }
}

/// Key, signature and signed message of the envelope that `row` points to.
fn read_envelope<'a>(input: &'a [u8], row: &[u8; ROW_BYTES], context: &Context<'a>) -> Result<Signed<'a>, KernelError> {
    const FOREIGN: KernelError = KernelError::BadParameters("the table is not the scan of this input");
    let (offset, length) = row_span(row);
    let envelope = input.get(offset..).and_then(|rest| rest.get(..length)).ok_or(FOREIGN)?;
    if length < ENVELOPE_OVERHEAD {
        return Err(FOREIGN);
    }
    let (head, signature) = envelope.split_at_checked(length - SIGNATURE_BYTES).ok_or(FOREIGN)?;
    let key = head.get(12..44).and_then(|bytes| bytes.try_into().ok()).ok_or(FOREIGN)?;
    let signature = Signature::read(signature).ok_or(FOREIGN)?;
    Ok(Signed { key, signature, message: context.signed_message(head) })
}
