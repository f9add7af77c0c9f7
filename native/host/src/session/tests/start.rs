//! The beginning, the pings, the end.

use super::*;

#[test]
fn the_start_says_what_the_protocol_says() {
    let mut stage = Stage::new();
    let manifest = stage.sent().remove(0);
    assert_eq!(manifest["method"], "getmanifest");
    assert_eq!(manifest["params"], json!({ "cookie": "c0", "protocol": { "min": 1, "max": 1 } }));
    stage.answers(
        &manifest,
        &json!({ "cookie": "c0", "protocol": 1, "name": "n", "version": "v", "methods": [], "events": [], "more": 1 }),
    );
    assert!(matches!(stage.effects()[..], [Effect::Prepare(Wanted { block: false, .. })]));
    assert_eq!(stage.session.deadline(), None, "the plugin waits for the host");
    stage.session.prepared(None, stage.now);
    assert_eq!(stage.session.deadline(), Some(stage.now + 30 * SECOND));
    let init = stage.sent().remove(0);
    assert_eq!(init["method"], "init");
    assert_eq!(
        init["params"],
        json!({
            "cookie": "c0", "network": "testnet", "genesis": "ab".repeat(32), "data_dir": "/data/", "tip": null,
            "signer": { "node": null, "authors": ["01".repeat(32)], "fresh": [] }, "registry": "chain", "options": {},
            "host": { "name": "tos", "version": "1" },
        })
    );
}

/// A session whose plugin has `init` to answer, and the request.
fn waits_for_init() -> (Stage, Value) {
    let mut stage = Stage::new();
    let manifest = stage.sent().remove(0);
    stage.answers(
        &manifest,
        &json!({ "cookie": "c0", "protocol": 1, "name": "n", "version": "v", "methods": [], "events": [] }),
    );
    stage.effects();
    stage.session.prepared(None, stage.now);
    let init = stage.sent().remove(0);
    (stage, init)
}

#[test]
fn a_configuration_that_the_plugin_can_not_read_is_not_tried_again() {
    let (mut stage, init) = waits_for_init();
    let error = json!({ "code": -32602, "message": "options.listen.0: expected a multiaddr" });
    stage.receives(&json!({ "jsonrpc": "2.0", "id": init["id"], "error": error }));
    let effects = stage.effects();
    assert!(
        matches!(&effects[..], [Effect::Disable(reason), Effect::Terminate]
            if reason == "invalid_params: options.listen.0: expected a multiaddr"),
        "{effects:?}"
    );
}

#[test]
fn nothing_that_a_plugin_says_of_itself_speaks_to_a_terminal() {
    let evil = "\u{1b}[2J\r\nforged \u{9b}31m";
    let calm = "\\u{1b}[2J\\u{d}\\u{a}forged \\u{9b}31m";
    let (mut stage, init) = waits_for_init();
    stage.receives(&json!({ "jsonrpc": "2.0", "method": "progress", "params": { "stage": evil } }));
    assert!(matches!(&stage.effects()[..], [Effect::Progress(progress)] if progress == calm));
    stage.answers(&init, &json!({ "disable": evil }));
    assert!(matches!(&stage.effects()[..], [Effect::Disable(reason)] if reason == calm));

    let (mut stage, init) = waits_for_init();
    let error = json!({ "code": -32603, "message": evil });
    stage.receives(&json!({ "jsonrpc": "2.0", "id": init["id"], "error": error }));
    assert!(matches!(stage.death(), Some(Death::Refused { message, .. }) if message == calm));

    for member in ["node_address", "api", "data"] {
        let (mut stage, init) = waits_for_init();
        let mut answer = json!({
            "node_key": "00".repeat(32), "node_address": "", "multiaddrs": [], "api": "", "data": "", "credit": 0,
        });
        answer[member] = json!(evil);
        stage.answers(&init, &answer);
        assert_eq!(stage.death(), Some(Death::BadAnswer(crate::error::Stage::Manifest)), "{member}");
    }
    for member in ["name", "version"] {
        let mut stage = Stage::new();
        let mut answer =
            json!({ "cookie": "c0", "protocol": 1, "name": "n", "version": "v", "methods": [], "events": [] });
        answer[member] = json!(evil);
        let manifest = stage.sent().remove(0);
        stage.answers(&manifest, &answer);
        assert_eq!(stage.death(), Some(Death::BadAnswer(crate::error::Stage::Started)), "{member}");
    }

    let mut stage = Stage::running(0);
    let mut answer = stage.call("ai_echo", json!({}));
    let call = stage.sent().remove(0);
    stage.receives(&json!({ "jsonrpc": "2.0", "id": call["id"], "error": { "code": 1, "message": evil } }));
    let error = answer.try_recv().unwrap().unwrap_err();
    assert_eq!(error.to_string(), calm);
}

#[test]
fn the_start_deadline_counts_from_the_last_byte_of_either_side() {
    let mut stage = Stage::new();
    for _ in 0..10 {
        assert_eq!(stage.after(29 * SECOND).death(), None);
        stage.session.bytes_moved(stage.now);
    }
    assert_eq!(stage.session.deadline(), Some(stage.now + 30 * SECOND));
    assert_eq!(stage.after(30 * SECOND).death(), Some(Death::StartTimeout(crate::error::Stage::Started)));
    assert_eq!((stage.session.deadline(), stage.after(3600 * SECOND).death()), (None, None));
}

#[test]
fn a_start_that_says_too_much_of_its_progress_is_told_of_now_and_then() {
    let mut stage = Stage::new();
    let logged = |stage: &mut Stage| {
        stage.receives(&json!({ "jsonrpc": "2.0", "method": "progress", "params": { "stage": "on" } }));
        stage.effects().len()
    };
    assert_eq!((0..10_000).map(|_| logged(&mut stage)).sum::<usize>(), 50);
    stage.after(SECOND);
    assert_eq!((0..10_000).map(|_| logged(&mut stage)).sum::<usize>(), 5);
    assert_eq!((stage.counters.read().faults, stage.death()), (0, None));
}

#[test]
fn a_start_that_talks_for_ever_ends_too() {
    let mut stage = Stage::new();
    let mut seconds = 0;
    let death = loop {
        stage.session.bytes_moved(stage.now);
        stage.receives(&json!({ "jsonrpc": "2.0", "method": "progress", "params": { "stage": "still" } }));
        seconds += 5;
        if let Some(death) = stage.after(5 * SECOND).death() {
            break death;
        }
    };
    assert_eq!((seconds, death), (3600, Death::StartTimeout(crate::error::Stage::Started)));
}

#[test]
fn three_pings_without_an_answer_are_death_and_any_answer_is_life() {
    let mut stage = Stage::running(0);
    for _ in 0..3 {
        let pings: Vec<_> = (0..2).flat_map(|_| stage.after(5 * SECOND).sent()).collect();
        assert!(pings.len() == 2 && pings.iter().all(|ping| ping["method"] == "ping"), "{pings:?}");
        stage.answers(&pings[1], &json!({ "ready": true, "lag_ms": 3, "memory_bytes": 5 }));
    }
    for _ in 0..3 {
        assert_eq!((stage.after(5 * SECOND).sent().len(), stage.death()), (1, None));
    }
    assert_eq!(stage.after(5 * SECOND).death(), Some(Death::Silent));
    assert_eq!(stage.counters.read().plugin_lag_ms, 3);
}

#[test]
fn a_shutdown_is_asked_for_as_soon_as_there_is_somebody_to_ask() {
    assert!(!Stage::new().session.shutdown(SECOND));
    let mut stage = Stage::running(10);
    stage.block(1);
    let mut open = stage.call("ai_echo", json!({}));
    assert!(stage.session.shutdown(SECOND));
    let sent = stage.sent();
    assert_eq!(sent.len(), 2, "no events any more");
    assert_eq!((&sent[1]["method"], &sent[1]["params"]), (&json!("shutdown"), &json!({ "deadline_ms": 1000 })));
    assert_eq!(stage.call("ai_echo", json!({})).try_recv(), Ok(Err(HostError::ShuttingDown)));
    stage.receives(&json!({ "jsonrpc": "2.0", "id": 1, "method": "chain.tip" }));
    assert!(matches!(stage.effects()[..], [Effect::Ask(..)]), "it may still have to ask");
    stage.answers(&sent[0], &json!(1));
    assert!(open.try_recv().unwrap().is_ok(), "what was open may end");
    stage.receives(&json!({ "jsonrpc": "2.0", "id": sent[1]["id"], "error": { "code": -32601, "message": "" } }));
    assert!(stage.effects().iter().any(|effect| matches!(effect, Effect::Terminate)));
}
