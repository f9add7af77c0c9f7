//! The embedding of docs/embedding.md, compiled against a daemon in small that has the real one's names and locks.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should say where")]

extern crate self as log;
extern crate self as tos_common;

mod core;
mod crates;
mod document;

pub use crates::log_crate::Level;
pub use crates::{ai_mining, context, crypto, network, rpc, transaction};

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;
use tos_ai_host::{ConfigError, ConfigProblem, DisabledReason, REGISTRATION_FEE, Status, Stop};

use self::core::ai_plugin;
use self::core::blockchain::{Blockchain, hash};
use self::core::storage::MemoryStorage;
use self::rpc::{InternalRpcError, RPCHandler};
use self::transaction::TransactionType;

/// As the crate `log` has it.
#[macro_export]
macro_rules! log {
    ($level:expr, $($text:tt)*) => { println!("{:?} {}", $level, format_args!($($text)*)) };
}

/// No test waits longer for anything. What a lock would hold up for ever ends here.
const PATIENCE: Duration = Duration::from_secs(30);

type Chain = Blockchain<MemoryStorage>;

async fn daemon(blocks: u64, personality: &str) -> Arc<Chain> {
    let command = format!("'{}' {personality}", env!("CARGO_BIN_EXE_tos-ai-fake-plugin"));
    let chain = Chain::new(blocks, Some(command), Some("/tmp/tos/".into())).await;
    let running = |status: &Status| matches!(status, Status::Running { .. });
    timeout(PATIENCE, chain.ai.watch().wait_for(running)).await.unwrap().unwrap();
    chain
}

async fn ask(chain: &Chain, method: &str, params: Value) -> Value {
    chain.ai.call_value(method, params).await.unwrap()
}

/// Lets the fake plugin ask the host.
async fn asked(chain: &Chain, method: &str, params: Value) -> Value {
    ask(chain, "ai_ask", json!({ "method": method, "params": params })).await
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Polls until the plugin's chain has this tip.
async fn received_tip(chain: &Chain, topoheight: u64, branch: u8) -> Value {
    let hash = hex(hash(topoheight, branch).to_bytes());
    let hears = async {
        loop {
            let received = ask(chain, "ai_received", json!({})).await;
            if received["last_tip"]["topoheight"] == topoheight && received["last_tip"]["hash"] == hash.as_str() {
                return received;
            }
        }
    };
    timeout(PATIENCE, hears).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_announces_under_its_lock_never_waits_for_the_plugin_that_asks_meanwhile() {
    let chain = daemon(30, "well-behaved").await;
    let answers = Arc::new(AtomicU64::new(0));
    let asking = {
        let (chain, answers) = (Arc::clone(&chain), Arc::clone(&answers));
        tokio::spawn(async move {
            while !chain.is_over() {
                asked(&chain, "chain.tip", json!({})).await;
                asked(&chain, "chain.blocks", json!({ "from": 0, "to": 20 })).await;
                answers.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let life = async {
        let mut added = 0;
        while added < 600 || added % 50 != 0 || answers.load(Ordering::Relaxed) < 3 {
            chain.add_new_block(1, Vec::new()).await;
            added += 1;
            if added % 50 == 0 {
                chain.rewind_chain(7).await;
                chain.add_new_block(2, Vec::new()).await;
            }
        }
    };
    timeout(PATIENCE, life).await.unwrap();
    let top = chain.get_topo_height();
    assert_eq!(chain.hash_at(top).await.unwrap(), hash(top, 2));
    received_tip(&chain, top, 2).await;
    chain.set_over();
    timeout(PATIENCE, asking).await.unwrap().unwrap();
    assert_eq!(chain.stop().await.stop, Stop::Clean);
}

#[tokio::test]
async fn the_daemon_in_small_shows_the_deadlock_of_a_getter_that_locks_again() {
    let chain = Chain::new(5, None, None).await;
    let mut context = TaskContext::from_waker(Waker::noop());
    let held = chain.get_storage().read().await;
    let mut writer = pin!(chain.add_new_block(1, Vec::new()));
    assert!(writer.as_mut().poll(&mut context).is_pending());
    let mut again = pin!(chain.hash_at(5));
    assert!(again.as_mut().poll(&mut context).is_pending());
    drop(held);
    while writer.as_mut().poll(&mut context).is_pending() {}
    assert!(matches!(again.as_mut().poll(&mut context), Poll::Ready(Ok(_))));
}

#[tokio::test]
async fn a_chain_that_was_rolled_back_or_replaced_without_a_word_is_seen() {
    let chain = daemon(30, "well-behaved").await;
    received_tip(&chain, 30, 1).await;
    // The same length, another chain; then a shorter one; then one far ahead, without its beginning.
    chain.reload_from_disk(30, 2, None).await;
    received_tip(&chain, 30, 2).await;
    chain.reload_from_disk(12, 2, None).await;
    received_tip(&chain, 12, 2).await;
    chain.reload_from_disk(500, 3, Some(450)).await;
    let received = received_tip(&chain, 500, 3).await;
    assert_eq!((&received["last_tip"]["first_topoheight"], &received["missed"]), (&json!(450), &json!(0)));
    let range = |from: u64, to: u64| json!({ "from": from, "to": to });
    assert_eq!(asked(&chain, "chain.blocks", range(450, 451)).await["result"].as_array().unwrap().len(), 2);
    for gone in [range(440, 455), range(499, 501)] {
        assert_eq!(asked(&chain, "chain.blocks", gone).await["error"]["code"], -32602);
    }
    let pruned_genesis = asked(&chain, "chain.blocks", range(0, 0)).await;
    assert_eq!(pruned_genesis["result"][0]["hash"], hex(hash(0, 1).to_bytes()));
}

#[tokio::test]
async fn a_reload_makes_the_plugin_compare_all_it_knows() {
    let chain = daemon(30, "well-behaved").await;
    received_tip(&chain, 30, 1).await;
    chain.ai.reload();
    let unverified = async { while ask(&chain, "ai_received", json!({})).await["missed"] != 1 {} };
    timeout(PATIENCE, unverified).await.unwrap();
    assert_eq!(chain.ai.metrics().reloads, 1);
    chain.add_new_block(1, Vec::new()).await;
    assert_eq!(received_tip(&chain, 31, 1).await["missed"], 1);
}

#[tokio::test]
async fn a_block_tells_the_registrations_it_includes_that_pay_for_their_own_source() {
    let chain = daemon(3, "well-behaved").await;
    let transactions = vec![
        chain.add_registration(1, 0xa1, 0xa1, REGISTRATION_FEE).await,
        chain.add_registration(2, 0xa2, 0xa2, REGISTRATION_FEE - 1).await,
        chain.add_registration(3, 0xa3, 0xa4, REGISTRATION_FEE).await,
        chain.add_transaction(4, 0xa5, TransactionType::Transfers).await,
        chain.add_transaction(5, 0xa6, TransactionType::AIMining(ai_mining::AIMiningPayload::Other)).await,
        chain.add_registration(6, 0xa7, 0xa7, u64::MAX).await,
    ];
    chain.add_new_block(1, transactions).await;
    let blocks = asked(&chain, "chain.blocks", json!({ "from": 3, "to": 4 })).await;
    assert_eq!(blocks["result"][1]["registered"], json!([hex([0xa1; 32]), hex([0xa7; 32])]));
    assert_eq!(blocks["result"][0].get("registered"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_of_two_chains_are_never_answered_as_one() {
    let chain = daemon(60, "well-behaved").await;
    for branch in 2..12 {
        // New to the host each time, and so slow that it gives the lock back between them.
        chain.get_storage().write().await.slow = Duration::from_millis(2);
        let reading = asked(&chain, "chain.blocks", json!({ "from": 10, "to": 30 }));
        let (answer, ()) = tokio::join!(reading, chain.reload_from_disk(60, branch, None));
        let Some(blocks) = answer["result"].as_array() else {
            assert_eq!(answer["error"]["code"], -32008);
            continue;
        };
        let branches: Vec<_> = blocks.iter().map(|block| block["hash"].as_str().unwrap()[16..].to_owned()).collect();
        assert!(branches.len() == 21 && branches.iter().all(|branch| *branch == branches[0]), "{branches:?}");
    }
}

#[tokio::test]
async fn the_rpc_methods_are_plain_functions_that_know_their_names() {
    let chain = daemon(3, "well-behaved").await;
    let mut handler = RPCHandler::new(Arc::clone(&chain));
    tos_ai_host::for_each_reading_method!(NAME => handler.register_method(NAME, |context, params| {
        Box::pin(ai_plugin::call::<MemoryStorage>(context, NAME, params))
    }));
    // The fake plugin has none of them.
    let missing = InternalRpcError::Custom(-32601, "the AI network plugin has no such method".into());
    assert_eq!(handler.call("ai_get_network_info", Value::Null).await, Err(missing));
    let context = context::Context::with(Arc::clone(&chain));
    let echo = ai_plugin::call::<MemoryStorage>(&context, "ai_echo", json!({ "n": 1 })).await;
    assert_eq!(echo, Ok(json!({ "n": 1 })));
    let failed = ai_plugin::call::<MemoryStorage>(&context, "ai_fail", json!({})).await;
    assert_eq!(failed, Err(InternalRpcError::Custom(-32000, "it failed".into())));

    let without = RPCHandler { methods: handler.methods, data: Chain::new(3, None, None).await };
    let unconfigured = InternalRpcError::Custom(-32601, "the AI network plugin is not configured".into());
    assert_eq!(without.call("ai_get_peers", Value::Null).await, Err(unconfigured));
}

#[tokio::test]
async fn a_command_that_can_not_be_meant_starts_nothing_and_says_why() {
    for (command, dir, field, problem) in [
        ("", "", "command", ConfigProblem::Empty),
        ("  ", "", "command", ConfigProblem::Empty),
        ("node 'main.js", "", "command", ConfigProblem::UnclosedQuote),
        ("node \0", "", "args", ConfigProblem::ZeroByte),
        ("node", "a\0b", "data_dir", ConfigProblem::ZeroByte),
    ] {
        let chain = Chain::new(3, Some(command.into()), Some(dir.into())).await;
        let expected = Status::Disabled(DisabledReason::Config(ConfigError { field, problem }));
        assert_eq!(chain.ai.status(), expected, "{command:?}");
        chain.add_new_block(1, Vec::new()).await;
        assert_eq!((chain.ai.metrics().starts, chain.stop().await.stop), (0, Stop::NotRunning));
    }
    assert_eq!(Chain::new(3, None, None).await.ai.status(), Status::Disabled(DisabledReason::NotConfigured));
}

#[tokio::test]
#[ignore = "a measurement: cargo test -p tos-ai-host --release --test embedding -- --ignored --nocapture"]
async fn what_a_look_at_the_chain_costs() {
    const LOOKS: u64 = 2_000;
    let chain = daemon(30, "well-behaved").await;
    received_tip(&chain, 30, 1).await;
    let began = Instant::now();
    for _ in 0..LOOKS {
        let before = chain.ai.metrics().looks;
        chain.ai.changed();
        while chain.ai.metrics().looks == before {
            std::thread::yield_now();
        }
    }
    let micros = began.elapsed().as_micros() as u64 / LOOKS;
    println!("a look at a chain that stands still takes {micros} us, two a second {} us of each second", 2 * micros);
}

/// Asks the real plugin until its node stands there.
async fn stands(chain: &Chain, topoheight: u64, branch: u8) -> Value {
    let hash = hex(hash(topoheight, branch).to_bytes());
    let asks = async {
        loop {
            let info = ask(chain, "ai_get_network_info", Value::Null).await;
            if info["chain"]["topoheight"] == topoheight && info["chain"]["hash"] == hash.as_str() {
                return info["chain"].clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, asks).await.unwrap()
}

#[tokio::test]
#[ignore = "needs the built plugin: cargo test -p tos-ai-host --test embedding real_plugin -- --ignored"]
async fn the_real_plugin_follows_rewinds_reloads_and_a_fast_sync() {
    let folder = std::env::temp_dir().join(format!("tos-ai-embedding-{}", std::process::id()));
    let main = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist/cli/main.js");
    let command = Some(format!("node '{main}' managed"));
    let chain = Chain::new(30, None, None).await;
    let dir = Some(folder.to_str().unwrap().into());
    // A port of the system's choice: the default one may be taken.
    let listen = || Some(vec!["/ip4/127.0.0.1/tcp/0".into()]);
    chain.ai.start(command, dir, chain.get_network(), &chain, |config| config.options.listen = listen()).await;
    let running = |status: &Status| !matches!(status, Status::Starting { .. });
    timeout(PATIENCE, chain.ai.watch().wait_for(running)).await.unwrap().unwrap();
    assert!(matches!(chain.ai.status(), Status::Running { .. }), "{:?}", chain.ai.status());
    stands(&chain, 30, 1).await;
    let registration = chain.add_registration(1, 0xa1, 0xa1, REGISTRATION_FEE).await;
    chain.add_new_block(1, vec![registration]).await;
    for _ in 0..20 {
        chain.add_new_block(1, Vec::new()).await;
    }
    stands(&chain, 51, 1).await;
    chain.rewind_chain(15).await;
    chain.add_new_block(2, Vec::new()).await;
    stands(&chain, 37, 2).await;
    chain.reload_from_disk(37, 3, None).await;
    stands(&chain, 37, 3).await;
    chain.reload_from_disk(500, 4, Some(450)).await;
    assert_eq!(stands(&chain, 500, 4).await["trouble"], Value::Null);
    assert_eq!(chain.stop().await.stop, Stop::Clean);
    std::fs::remove_dir_all(folder).unwrap();
}
