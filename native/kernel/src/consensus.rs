//! Sums over the scores of submissions.

use crate::KernelError;
use crate::bytes::{Reader, check_size, to_u32};

/// Bytes of one result, as [`consensus`] describes it.
const SUMS_BYTES: usize = 56;
/// Bytes of a list before its scores: n u32, required u32.
const LIST_HEAD_BYTES: usize = 8;
const SCORE_MAX: u8 = 100;

/// Exact sums of lists of scores, and whether each list reaches consensus. The layouts are those of
/// `src/kernel/consensus-layout.ts`; numbers are big-endian.
///
/// `input` has variance_limit u32, min_validators u32, count u32. Each of the `count` lists has n u32, required u32, n
/// scores u8 (0 to 100), n weights u64. Each result has 56 bytes: n u32, reached u32 (0 or 1), S u64 (sum of the
/// scores), Q u64 (sum of their squares), sum of the weights u128, sum of weight times score u128.
///
/// A list is reached if `n >= max(min_validators, required)` and its variance is below the limit:
/// `n*Q - S*S < variance_limit * n*n`, in integers.
///
/// # Errors
///
/// [`KernelError::BadParameters`] if the input is over [`crate::MAX_INPUT_BYTES`], ends within a list or goes on after
/// the last one, or if a score is over 100.
pub fn consensus(input: &[u8]) -> Result<Vec<u8>, KernelError> {
    check_size(input)?;
    let mut reader = Reader::new(input);
    let variance_limit = reader.u32()?;
    let min_validators = reader.u32()?;
    let count = reader.length()?;
    if count > reader.remaining() / LIST_HEAD_BYTES {
        return Err(KernelError::BadParameters("the packed scores end within a list"));
    }
    let mut output = Vec::with_capacity(count * SUMS_BYTES);
    for _ in 0..count {
        let length = reader.length()?;
        let required = reader.u32()?;
        let scores = reader.take(length)?;
        let mut sums = Sums::default();
        for &score in scores {
            if score > SCORE_MAX {
                return Err(KernelError::BadParameters("a score is over 100"));
            }
            sums.add(u64::from(score), reader.u64()?);
        }
        let n = to_u32(length)?;
        let reached = n >= min_validators.max(required) && sums.within(n, variance_limit);
        output.extend_from_slice(&n.to_be_bytes());
        output.extend_from_slice(&u32::from(reached).to_be_bytes());
        for value in [sums.sum, sums.squares] {
            output.extend_from_slice(&value.to_be_bytes());
        }
        for value in [sums.weights, sums.weighted] {
            output.extend_from_slice(&value.to_be_bytes());
        }
    }
    if reader.remaining() > 0 {
        return Err(KernelError::BadParameters("there are bytes after the packed scores"));
    }
    Ok(output)
}

/// The sums of one list. None can overflow: with fewer than 2^32 entries and scores of at most 100, S and Q are below
/// 2^46. With weights below 2^64, the sum of weights is below 2^96 and that of weight times score below 2^103. The
/// profile turns on `overflow-checks` too.
#[derive(Default)]
struct Sums {
    sum: u64,
    squares: u64,
    weights: u128,
    weighted: u128,
}

impl Sums {
    fn add(&mut self, score: u64, weight: u64) {
        self.sum += score;
        self.squares += score * score;
        self.weights += u128::from(weight);
        self.weighted += u128::from(weight) * u128::from(score);
    }

    /// Whether the variance is below the limit. The products need more than 64 bits and fewer than 97.
    fn within(&self, n: u32, variance_limit: u32) -> bool {
        let n = u128::from(n);
        let spread = n * u128::from(self.squares) - u128::from(self.sum) * u128::from(self.sum);
        spread < u128::from(variance_limit) * n * n
    }
}
