//! The plugin's API through the host, and the host's answers to the plugin.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tos_ai_host::{
    Block, Bytes32, ChainError, ChainFuture, ChainSource, EnvelopeSigner, Host, HostError, MAX_CALLS, SignerError,
    SigningLimits, Tip,
};

use crate::stage::{FakeChain, TOP, ask, asked, config, running, start, tip};

#[tokio::test]
async fn calls_go_through_to_the_methods_of_the_manifest() {
    let host = start("well-behaved");
    assert_eq!(host.call("ai_echo", json!({})).await, Err(HostError::NotRunning));
    running(&host).await;
    assert_eq!(ask(&host, "ai_echo", json!({ "a": [1, "ü"] })).await, json!({ "a": [1, "ü"] }));
    assert_eq!(ask(&host, "ai_echo", json!(null)).await, json!(null));
    assert_eq!(host.call("get_info", json!({})).await, Err(HostError::UnknownMethod));
    let failed = HostError::Plugin {
        code: -32000,
        message: "it failed".into(),
        data: Some(r#"{"reason":"on_purpose"}"#.into()),
    };
    assert_eq!(host.call("ai_fail", json!({})).await, Err(failed));
}

#[tokio::test]
async fn the_sixty_first_call_is_busy_and_the_death_of_the_plugin_ends_all() {
    let host = start("well-behaved");
    running(&host).await;
    let held: Vec<_> = (0..MAX_CALLS)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { host.call("ai_hold", json!({})).await })
        })
        .collect();
    while host.metrics().calls < MAX_CALLS {
        tokio::task::yield_now().await;
    }
    assert_eq!(host.call("ai_die", json!({ "code": 9 })).await, Err(HostError::Busy));
    held[0].abort();
    // A call with a dropped future keeps its place: the plugin still works on it.
    assert_eq!(host.call("ai_die", json!({ "code": 9 })).await, Err(HostError::Busy));
    let pid = match host.status() {
        tos_ai_host::Status::Running { plugin, .. } => i32::try_from(plugin.pid).unwrap(),
        other => panic!("{other:?}"),
    };
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
    for call in held.into_iter().skip(1) {
        assert_eq!(call.await.unwrap(), Err(HostError::PluginTerminated));
    }
    running(&host).await;
    assert_eq!(host.metrics().calls_open, 0);
    assert_eq!(ask(&host, "ai_echo", json!(1)).await, json!(1));
}

#[tokio::test]
async fn a_call_that_is_not_answered_ends_at_its_deadline() {
    let (mut config, _) = config("well-behaved");
    config.limits.call_timeout = Duration::from_millis(100);
    let host = Host::start(config);
    running(&host).await;
    assert_eq!(host.call("ai_hold", json!({})).await, Err(HostError::Timeout));
    // The late answer is ignored.
    assert_eq!(ask(&host, "ai_release", json!({})).await, json!({}));
    assert_eq!((host.metrics().stray_answers, host.metrics().calls_open), (1, 0));
}

/// Everything below block 40 is pruned.
struct PrunedChain;

impl ChainSource for PrunedChain {
    fn tip(self: Arc<Self>) -> ChainFuture<Tip> {
        Box::pin(async { Ok(Tip { first_topoheight: Some(40), ..tip(TOP) }) })
    }

    fn blocks(self: Arc<Self>, from: u64, to: u64) -> ChainFuture<Vec<Block>> {
        if from < 40 { Box::pin(async { Err(ChainError::OutOfRange) }) } else { Arc::new(FakeChain).blocks(from, to) }
    }
}

#[tokio::test]
async fn a_pruned_chain_says_from_where_on_it_has_its_blocks() {
    let (mut config, _) = config("well-behaved");
    config.chain = Arc::new(PrunedChain);
    let host = Host::start(config);
    running(&host).await;
    assert_eq!(ask(&host, "ai_received", json!({})).await["init"]["tip"]["first_topoheight"], 40);
    assert_eq!(asked(&host, "chain.tip", json!({})).await["result"]["first_topoheight"], 40);
    let below = asked(&host, "chain.blocks", json!({ "from": 39, "to": 41 })).await;
    assert_eq!(below["error"]["code"], -32602);
    let kept = asked(&host, "chain.blocks", json!({ "from": 40, "to": 41 })).await;
    assert_eq!(kept["result"][0]["topoheight"], 40);
}

#[tokio::test]
async fn the_chain_answers_the_plugin_and_its_faults_stay_with_the_question() {
    let (mut config, _) = config("well-behaved");
    config.limits.chain_timeout = Duration::from_millis(100);
    let host = Host::start(config);
    running(&host).await;
    let code = |answer: &Value| answer["error"]["code"].clone();
    assert_eq!(asked(&host, "chain.tip", json!({})).await["result"]["topoheight"], 100);
    let blocks = asked(&host, "chain.blocks", json!({ "from": 80, "to": "100" })).await;
    assert_eq!((blocks["result"].as_array().unwrap().len(), &blocks["result"][20]["topoheight"]), (21, &json!(100)));
    assert_eq!(code(&asked(&host, "chain.blocks", json!({ "from": 90, "to": 101 })).await), -32602);
    let task = |first: u8| json!({ "task_id": format!("{first:02}{}", "00".repeat(31)) });
    assert_eq!(asked(&host, "chain.task", task(0)).await, json!({ "result": null, "error": null }));
    let found = asked(&host, "chain.task", task(1)).await;
    assert_eq!(found["result"]["reward_amount"], u64::MAX.to_string());
    assert_eq!(found["result"]["status"], "Active");
    assert_eq!(code(&asked(&host, "chain.task", task(2)).await), -32008, "one that never answers");
    assert_eq!(code(&asked(&host, "chain.task", task(3)).await), -32008, "one that panics");
    assert_eq!(code(&asked(&host, "chain.miner", json!({ "key": "00".repeat(32) })).await), -32008);
    assert_eq!(code(&asked(&host, "chain.other", json!({})).await), -32601);
    assert_eq!((host.metrics().deaths, host.metrics().requests_open), (0, 0));
}

#[tokio::test]
async fn the_plugin_does_not_see_the_nodes_environment() {
    let (mut config, _) = config("well-behaved");
    config.env = vec![("GIVEN".into(), "1".into())];
    let host = Host::start(config);
    running(&host).await;
    let names = ask(&host, "ai_env", json!({})).await;
    let has = |name: &str| names.as_array().unwrap().contains(&json!(name));
    assert!(has("PATH") && has("GIVEN") && has("TOS_AI_PLUGIN_COOKIE") && has("TOS_AI_PLUGIN_PROTOCOL"), "{names}");
    // Cargo sets it for every test.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some() && !has("CARGO_MANIFEST_DIR"), "{names}");
}

#[derive(Default)]
struct Signer(AtomicUsize);

impl EnvelopeSigner for Signer {
    fn node_key(&self) -> Option<Bytes32> {
        Some([1; 32])
    }

    fn author_keys(&self) -> Vec<Bytes32> {
        vec![[2; 32], [2; 32]]
    }

    fn fresh_keys(&self) -> Vec<Bytes32> {
        vec![[2; 32], [3; 32]]
    }

    fn sign(&self, key: &Bytes32, _message: &[u8]) -> Result<[u8; 96], SignerError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok([key[0]; 96])
    }
}

#[tokio::test]
async fn the_host_signs_what_its_policy_allows_and_a_restart_does_not_fill_the_budget() {
    let (mut config, _) = config("well-behaved");
    let signer = Arc::new(Signer::default());
    config.signer = Some(Arc::<Signer>::clone(&signer));
    config.limits.signing = SigningLimits { burst: 2, per_second: 0 };
    let host = Host::start(config);
    running(&host).await;
    let keys = ask(&host, "ai_received", json!({})).await["init"]["signer"].clone();
    let (node, author) = ("01".repeat(32), "02".repeat(32));
    assert_eq!(keys, json!({ "node": node, "authors": [author], "fresh": [author] }));

    let hello: String = b"tos-ai-sync/hello/v1\0rest".iter().map(|byte| format!("{byte:02x}")).collect();
    let sign = |key: &str, message: &str| json!({ "key": key, "message": message });
    let signed = asked(&host, "sign", sign(&author, &hello)).await;
    assert_eq!(signed["result"]["signature"], "02".repeat(96));
    let reason = |answer: Value| (answer["error"]["code"].clone(), answer["error"]["data"]["reason"].clone());
    let refused = |reason: &str| (json!(-32007), json!(reason));
    assert_eq!(reason(asked(&host, "sign", sign(&"09".repeat(32), &hello)).await), refused("key"));
    assert_eq!(reason(asked(&host, "sign", sign(&author, "00")).await), refused("domain"));
    assert_eq!(reason(asked(&host, "sign", sign(&author, &hello.repeat(4000))).await), refused("size"));
    assert_eq!(asked(&host, "sign", sign(&author, &hello)).await["error"], Value::Null);
    assert_eq!(reason(asked(&host, "sign", sign(&author, &hello)).await), refused("rate"));

    assert_eq!(host.call("ai_die", json!({})).await, Err(HostError::PluginTerminated));
    running(&host).await;
    assert_eq!(reason(asked(&host, "sign", sign(&author, &hello)).await), refused("rate"));
    assert_eq!(signer.0.load(Ordering::Relaxed), 2);
    assert_eq!((host.metrics().signatures, host.metrics().signatures_refused), (2, 5));
}
