//! Any bytes as packed items: the verdict of an item in a batch is the verdict of the item alone. Earlier batches do
//! not change it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tos_ai_kernel::{Verifier, verify_plain};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::new([7; 32]));
/// Key, signature and length.
const HEAD_BYTES: usize = 132;

fuzz_target!(|items: &[u8]| {
    let Ok(verdicts) = VERIFIER.verify_messages(items) else { return };
    let mut rest = items;
    for together in verdicts {
        let length = u32::from_be_bytes(rest[128..132].try_into().unwrap()) as usize;
        let (item, after) = rest.split_at(HEAD_BYTES + length);
        rest = after;
        let alone = VERIFIER.verify_messages(item).expect("the items were in order");
        assert_eq!(alone, [together]);
        // A signature that is valid with R is valid without it.
        let plain = verify_plain(&item[..32], &item[HEAD_BYTES..], &item[32..96]).expect("the lengths are right");
        assert!(together != 0 || plain);
    }
    assert!(rest.is_empty());
});
