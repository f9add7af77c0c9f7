//! Whatever a peer sends as bundles: `scan` never panics, its rows point into the input, `verify` follows the table, and
//! a table that is not the scan's is an error, nothing worse.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tos_ai_kernel::{ROW_BYTES, Verifier, scan};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::new([7; 32]));

/// Devnet, a genesis of nines, generous limits.
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
    // The input's own bytes as a table: what it points to may be anywhere.
    let foreign = &input[..input.len() / ROW_BYTES * ROW_BYTES];
    let _ = VERIFIER.verify(input, foreign, &vec![1; foreign.len() / ROW_BYTES], &context);
});
