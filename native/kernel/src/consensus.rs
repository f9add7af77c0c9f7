use crate::KernelError;
use crate::bytes::{Reader, check_size, to_u32};

/// Bytes of one result: n u32, reached u32, S, Q, sum of weights, sum of weight times score (u64 each).
const SUMS_BYTES: usize = 40;
/// Bytes of a list before its scores: n and required.
const LIST_HEAD_BYTES: usize = 8;
const SCORE_MAX: u8 = 100;

/// Exact sums and verdicts of many lists of scores; the layouts are those of `src/kernel/consensus-layout.ts`.
///
/// A list is reached if `n >= max(min_validators, required)` and its variance is below the limit:
/// `n*Q - S*S < limit * n*n`, in integers.
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
            sums.add(u64::from(score), u64::from(reader.u16()?));
        }
        let n = to_u32(length)?;
        let reached = n >= min_validators.max(required) && sums.within(n, variance_limit);
        output.extend_from_slice(&n.to_be_bytes());
        output.extend_from_slice(&u32::from(reached).to_be_bytes());
        for value in [sums.sum, sums.squares, sums.weights, sums.weighted] {
            output.extend_from_slice(&value.to_be_bytes());
        }
    }
    if reader.remaining() > 0 {
        return Err(KernelError::BadParameters("there are bytes after the packed scores"));
    }
    Ok(output)
}

/// Below 2^24 entries of at most 100 and 65,535: no sum comes near 2^64.
#[derive(Default)]
struct Sums {
    sum: u64,
    squares: u64,
    weights: u64,
    weighted: u64,
}

impl Sums {
    const fn add(&mut self, score: u64, weight: u64) {
        self.sum += score;
        self.squares += score * score;
        self.weights += weight;
        self.weighted += weight * score;
    }

    /// The products pass 2^64, but not 2^80.
    fn within(&self, n: u32, variance_limit: u32) -> bool {
        let n = u128::from(n);
        let spread = n * u128::from(self.squares) - u128::from(self.sum) * u128::from(self.sum);
        spread < u128::from(variance_limit) * n * n
    }
}
