//! Questions, calls and their answers.

use super::*;

#[test]
fn the_sixty_fifth_request_is_busy_and_an_answer_makes_room() {
    let mut stage = Stage::running(0);
    let ask =
        |id: u64| json!({ "jsonrpc": "2.0", "id": id, "method": "chain.blocks", "params": { "from": 1, "to": 1 } });
    (0..65).for_each(|id| stage.receives(&ask(id)));
    let busy = stage.sent();
    assert_eq!((busy.len(), &busy[0]["id"], &busy[0]["error"]["code"]), (1, &json!(64), &json!(-32005)));
    let asked = stage.effects();
    assert_eq!(asked.len(), 64);
    let Effect::Ask(ticket, Question::Blocks { from: 1, to: 1 }) = asked[9] else { panic!("{:?}", asked[9]) };
    stage.session.answer(ticket, &Reply::Chain(ChainError::OutOfRange));
    stage.session.answer(ticket, &Reply::Chain(ChainError::OutOfRange));
    let answers = stage.sent();
    assert_eq!((answers.len(), &answers[0]["id"], &answers[0]["error"]["code"]), (1, &json!(9), &json!(-32602)));
    stage.receives(&ask(100));
    assert_eq!(stage.effects().len(), 1);
}

#[test]
fn what_the_chain_answers_is_checked_before_it_is_told() {
    let block = |topoheight| Block { topoheight, height: 0, hash: [0; 32], timestamp_ms: 0, registered: Vec::new() };
    let ask = json!({ "jsonrpc": "2.0", "id": "q", "method": "chain.blocks", "params": { "from": 5, "to": 7 } });
    for (blocks, code) in [
        (vec![block(5), block(6), block(7)], Value::Null),
        (vec![block(5), block(7)], json!(-32008)),
        (vec![block(5), block(7), block(6)], json!(-32008)),
        (vec![block(5), block(6), block(7), block(8)], json!(-32008)),
        (vec![], json!(-32008)),
    ] {
        let mut stage = Stage::running(0);
        stage.receives(&ask);
        stage.effects();
        stage.session.answer(0, &Reply::Blocks(blocks));
        assert_eq!(stage.sent()[0]["error"]["code"], code);
    }
}

#[test]
fn what_the_chain_does_not_say_is_counted_and_what_it_says_wrong_is_logged_once() {
    let block = |registered| {
        let registered = vec![[7; 32]; registered];
        Block { topoheight: 5, height: 0, hash: [0; 32], timestamp_ms: 0, registered }
    };
    let mut stage = Stage::running(0);
    let answers = [
        Reply::Blocks(vec![block(MAX_REGISTERED + 1)]),
        Reply::Blocks(Vec::new()),
        Reply::Chain(ChainError::Unavailable),
        Reply::Blocks(vec![block(MAX_REGISTERED)]),
        Reply::Blocks(Vec::new()),
    ];
    let mut logged = Vec::new();
    for (ticket, reply) in (0..).zip(&answers) {
        stage.receives(&json!({
            "jsonrpc": "2.0", "id": ticket, "method": "chain.blocks", "params": { "from": 5, "to": 5 },
        }));
        stage.effects();
        stage.session.answer(ticket, reply);
        let fits = ticket == 3;
        assert_eq!(stage.sent()[0]["error"]["code"].is_null(), fits, "{ticket}");
        logged.extend(stage.effects().iter().filter(|effect| matches!(effect, Effect::Log { .. })).map(|_| ticket));
    }
    assert_eq!(logged, [0, 4]);
    let counted = stage.counters.read();
    assert_eq!((counted.answers_unfit, counted.requests_unanswered), (3, 1));
}

#[test]
fn what_is_cut_from_a_log_line_or_a_start_is_counted() {
    let mut stage = Stage::running(0);
    let long = "x".repeat(9000);
    for (message, fields) in [("a", json!({ "b": 1 })), ("a", json!({ "b": long })), (&long, json!({}))] {
        let params = json!({ "level": "info", "message": message, "fields": fields });
        stage.receives(&json!({ "jsonrpc": "2.0", "method": "log", "params": params }));
    }
    assert_eq!(stage.effects().len(), 3);
    assert_eq!(stage.counters.read().log_cut, 2);

    let mut stage = Stage::new();
    for step in ["short".to_owned(), long] {
        stage.receives(&json!({ "jsonrpc": "2.0", "method": "progress", "params": { "stage": step } }));
    }
    assert_eq!((stage.effects().len(), stage.counters.read().progress_dropped), (1, 1));
}

#[test]
fn blocks_full_of_registrations_come_in_several_lines() {
    let block =
        |topoheight| Block { topoheight, height: 0, hash: [0; 32], timestamp_ms: 0, registered: vec![[7; 32]; 6_000] };
    let mut stage = Stage::running(0);
    let (mut from, mut lines) = (5, 0);
    while from <= 25 {
        stage.receives(&json!({
            "jsonrpc": "2.0", "id": "q", "method": "chain.blocks", "params": { "from": from, "to": 25 },
        }));
        stage.effects();
        stage.session.answer(lines, &Reply::Blocks((from..=25).map(block).collect()));
        let sent = stage.sent().remove(0);
        let blocks = sent["result"].as_array().unwrap();
        assert!(sent.to_string().len() < MAX_LINE_BYTES);
        assert!(blocks.iter().map(|block| block["topoheight"].as_u64().unwrap()).eq((from..).take(blocks.len())));
        from += blocks.len() as u64;
        lines += 1;
    }
    assert_eq!((from, lines), (26, 3));
}

#[test]
fn bad_questions_are_refused_by_their_codes() {
    let key = "00".repeat(32);
    for (method, params, code) in [
        ("chain.blocks", json!({ "from": 0, "to": 21 }), -32602),
        ("chain.blocks", json!({ "from": 2, "to": 1 }), -32602),
        ("chain.blocks", json!({ "from": -1, "to": 1 }), -32602),
        ("chain.blocks", json!({ "from": "x", "to": 1 }), -32602),
        ("chain.blocks", json!({}), -32602),
        ("chain.blocks", json!("x"), -32602),
        ("chain.task", json!({ "task_id": "00" }), -32602),
        ("chain.miner", json!({ "key": key.replace('0', "G") }), -32602),
        ("sign", json!({ "key": key, "message": "0" }), -32602),
        ("sign", json!({ "key": key }), -32602),
        ("chain.prune", json!({}), -32601),
        ("getmanifest", json!({}), -32601),
    ] {
        let mut stage = Stage::running(0);
        stage.receives(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }));
        assert_eq!(stage.sent()[0]["error"]["code"], code, "{method} {params}");
        assert!(stage.effects().is_empty());
    }
}

#[test]
fn calls_end_by_their_answer_their_deadline_or_the_plugins_death() {
    let mut stage = Stage::running(0);
    let mut unknown = stage.call("ai_other", json!({}));
    assert_eq!(unknown.try_recv(), Ok(Err(HostError::UnknownMethod)));
    let mut large = stage.call("ai_echo", json!("x".repeat(MAX_LINE_BYTES)));
    assert_eq!(large.try_recv(), Ok(Err(HostError::TooLarge)));

    let mut answered = stage.call("ai_echo", json!({ "a": 1 }));
    let mut late = stage.call("ai_echo", json!({}));
    let sent = stage.sent();
    assert_eq!((&sent[0]["method"], &sent[0]["params"]), (&json!("ai_echo"), &json!({ "a": 1 })));
    stage.answers(&sent[0], &json!(null));
    assert_eq!(answered.try_recv().unwrap().unwrap().as_str(), "null");
    stage.now += 30 * SECOND;
    stage.session.tick(stage.now);
    assert_eq!(late.try_recv(), Ok(Err(HostError::Timeout)));
    stage.answers(&sent[1], &json!(1));
    assert_eq!(stage.counters.read().stray_answers, 1);

    let mut open = stage.call("ai_echo", json!({}));
    stage.session.ended();
    assert_eq!(open.try_recv(), Ok(Err(HostError::PluginTerminated)));
    assert_eq!(stage.counters.read().calls_open, 0);
}

#[test]
fn callers_can_not_fill_what_answers_need() {
    let mut stage = Stage::running(0);
    let calls: Vec<_> = (0..10).map(|_| stage.call("ai_echo", json!("x".repeat(3 << 20)))).collect();
    let refused = calls.into_iter().filter_map(|mut call| call.try_recv().ok());
    assert_eq!(refused.collect::<Vec<_>>(), vec![Err(HostError::Busy); 8]);
    assert_eq!(stage.death(), None);
}
