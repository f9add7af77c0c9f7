use crate::KernelError;
use crate::batch::Batches;
use crate::bytes::{Reader, check_size};
use crate::envelope::{Context, ENVELOPE_OVERHEAD, SIGNATURE_BYTES};
use crate::scan::{MAX_ROWS, ROW_BYTES, row_span};
use crate::signature::{Signature, Signed};

/// Verdict of a row that the mask left out.
pub const NOT_ASKED: u8 = 255;

/// Verifies what crosses in packed form. It may be shared between threads.
pub struct Verifier {
    batches: Batches,
}

impl Verifier {
    /// `secret` is 32 random bytes, drawn once per process: coefficients of batches and the places of cached keys come
    /// from it.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self { batches: Batches::new(secret) }
    }

    /// One verdict byte per row of `table` (which is the scan of `input`): 0 valid, the row's own code or the code of
    /// what is wrong with its signature, or [`NOT_ASKED`] where `mask` is not 1.
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

    /// One verdict byte per packed item: key 32, signature 96, message length u32, message.
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

/// The signed parts of the envelope that `row` points to.
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
