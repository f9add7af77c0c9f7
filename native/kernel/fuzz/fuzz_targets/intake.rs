//! Any bytes as packed bundles: `scan` does not panic, its rows point into the input, and `verify` gives verdicts of
//! its rows. A table that is not the scan's causes an error at most.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tos_ai_kernel::{ROW_BYTES, Verifier, scan};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::new([7; 32]));

/// The context of a devnet: a genesis of nines, high limits.
fn context() -> Vec<u8> {
    let mut bytes = vec![3];
    bytes.extend([9; 32]);
    for limit in [4096_u32, 1024, 512, 8192, 256, 4096, 512, 10_240, 49_152, 64, 65_536] {
        bytes.extend(limit.to_be_bytes());
    }
    bytes
}

fuzz_target!(|input: &[u8]| {
    let context = context();
    let Ok(table) = scan(input, &context) else { return };
    let rows = table.len() / ROW_BYTES;
    for row in table.chunks(ROW_BYTES) {
        let at = |offset: usize| u32::from_be_bytes(row[offset..offset + 4].try_into().unwrap()) as usize;
        assert!(at(8) + at(12) <= input.len());
        assert!(row[0] != 0 || at(16) + at(20) + 96 == at(8) + at(12));
    }
    let verdicts = VERIFIER.verify(input, &table, &vec![1; rows], &context).expect("the table is this input's");
    assert_eq!(verdicts.len(), rows);
    for (row, verdict) in table.chunks(ROW_BYTES).zip(&verdicts) {
        assert!(row[0] == 0 || row[0] == *verdict);
    }
    // The bytes of the input as a table: its offsets are any numbers.
    let foreign = &input[..input.len() / ROW_BYTES * ROW_BYTES];
    let _ = VERIFIER.verify(input, foreign, &vec![1; foreign.len() / ROW_BYTES], &context);
});
