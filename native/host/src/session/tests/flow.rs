//! What bounds the two sides.

use super::*;

#[test]
fn sixteen_unreadable_lines_in_a_row_are_death_and_fifteen_are_not() {
    let mut stage = Stage::running(0);
    for _ in 0..10 {
        (0..15).for_each(|_| stage.line(b"{"));
        stage.receives(&json!({ "jsonrpc": "2.0", "method": "unknown" }));
    }
    (0..15).for_each(|_| stage.session.line(&Line::TooLong(b"{}"), stage.now));
    assert_eq!(stage.death(), None);
    stage.receives(&json!({ "jsonrpc": "2.0", "method": "credit", "params": { "events": -1 } }));
    assert_eq!(stage.death(), Some(Death::Faults));
    assert_eq!((stage.counters.read().faults, stage.counters.read().unknown_messages), (166, 10));
    stage.receives(&json!({ "jsonrpc": "2.0", "id": 1, "method": "chain.tip" }));
    assert!(stage.effects().is_empty(), "nobody is listened to after death");
}

#[test]
fn events_never_exceed_credit_and_their_numbers_have_no_gaps() {
    let mut stage = Stage::running(2);
    let (mut granted, mut sent, mut topoheight) = (2_u64, 0_u64, 0);
    // A pseudo-random walk over pushes and grants, always the same.
    let mut state = 12_345_u32;
    for _ in 0..5_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let amount = u64::from(state >> 16 & 7);
        if state >> 24 & 1 == 0 {
            (0..amount).for_each(|i| stage.block(topoheight + i));
            topoheight += amount;
        } else {
            let before = stage.counters.read().credit_over;
            stage.receives(&json!({ "jsonrpc": "2.0", "method": "credit", "params": { "events": amount } }));
            granted += amount - (stage.counters.read().credit_over - before);
        }
        for message in stage.sent() {
            sent += 1;
            assert_eq!(message["params"]["seq"], sent);
        }
        assert!(sent <= granted);
        assert_eq!(stage.counters.read().credit, granted - sent);
    }
    assert!(sent > 5_000);
}

#[test]
fn credit_is_capped_and_what_was_missed_is_said_before_the_next_event() {
    let mut stage = Stage::running(u64::MAX);
    assert_eq!(stage.counters.read().credit, 4096);
    assert_eq!(stage.counters.read().credit_over, u64::MAX - 4096);
    (0..5_000).for_each(|topoheight| stage.block(topoheight));
    let mut received = Vec::new();
    while received.len() < 4096 {
        let sent = stage.sent();
        assert!(!sent.is_empty());
        received.extend(sent);
    }
    assert!(stage.sent().is_empty(), "without credit nothing is sent");
    assert_eq!(received[0], json!({ "jsonrpc": "2.0", "method": "lagged", "params": { "seq": 1, "missed": 904 } }));
    assert_eq!(
        received[1]["params"],
        json!({
            "seq": 2, "topoheight": 904, "height": 1, "hash": "00".repeat(32), "timestamp_ms": u64::MAX.to_string(),
            "registered": ["02".repeat(32)],
        })
    );
    stage.receives(&json!({ "jsonrpc": "2.0", "method": "credit", "params": { "events": 10 } }));
    assert_eq!(stage.sent().len(), 1, "lagged took the credit of one");
}

#[test]
fn a_plugin_that_asks_and_does_not_read_is_stuck() {
    let mut stage = Stage::running(0);
    let mut asked = 0;
    while stage.death().is_none() {
        stage.receives(&json!({ "jsonrpc": "2.0", "id": asked, "method": "nonsense" }));
        asked += 1;
    }
    assert_eq!(asked, MAX_MESSAGES + 1);
}
