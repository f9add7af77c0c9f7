use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use tos_ai_host::{
    Block, Bytes32, ChainError, ChainFuture, ChainSource, Host, HostConfig, Limits, Network, RestartPolicy, Status,
    Task, TaskStatus, Tip,
};

/// No test waits longer for anything: what is waited for takes milliseconds on an idle machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A chain of [`TOP`] blocks that answers at once.
pub struct FakeChain;

pub const TOP: u64 = 100;

pub fn block(topoheight: u64) -> Block {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&topoheight.to_be_bytes());
    Block { topoheight, height: topoheight, hash, timestamp_ms: 1_000 * topoheight, registered: Vec::new() }
}

pub fn tip(topoheight: u64) -> Tip {
    Tip {
        topoheight,
        height: topoheight,
        stable_height: topoheight.saturating_sub(8),
        stable_topoheight: topoheight.saturating_sub(8),
        hash: block(topoheight).hash,
        timestamp_ms: 1_000 * topoheight,
        block_time_ms: 1_000,
        first_topoheight: None,
    }
}

impl ChainSource for FakeChain {
    fn tip(self: Arc<Self>) -> ChainFuture<Tip> {
        Box::pin(async { Ok(tip(TOP)) })
    }

    fn blocks(self: Arc<Self>, from: u64, to: u64) -> ChainFuture<Vec<Block>> {
        Box::pin(
            async move { if to > TOP { Err(ChainError::OutOfRange) } else { Ok((from..=to).map(block).collect()) } },
        )
    }

    fn task(self: Arc<Self>, task_id: Bytes32) -> ChainFuture<Option<Task>> {
        Box::pin(async move {
            match task_id[0] {
                0 => Ok(None),
                1 => Ok(Some(Task {
                    publisher: [7; 32],
                    status: TaskStatus::Active,
                    published_at: 5,
                    reward_amount: u64::MAX,
                    deadline_ms: 9,
                })),
                // Never.
                2 => std::future::pending().await,
                _ => panic!("a chain that panics"),
            }
        })
    }
}

pub type Lines = Arc<Mutex<Vec<String>>>;

/// The fake plugin, with times in which a test can see everything.
pub fn config(personality: &str) -> (HostConfig, Lines) {
    let mut config = HostConfig::new("/tmp/tos/", Network::Devnet, [0xab; 32], Arc::new(FakeChain));
    config.command = env!("CARGO_BIN_EXE_tos-ai-fake-plugin").into();
    config.args = vec![personality.into()];
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    config.log = Arc::new(move |record| {
        kept.lock().unwrap().push(format!("{:?} {:?} {}", record.source, record.level, record.message));
    });
    config.limits = quick();
    (config, lines)
}

/// Short waits where nothing is to be waited for but the fault itself.
pub fn quick() -> Limits {
    let mut limits = Limits::default();
    limits.restart =
        RestartPolicy { first_wait: Duration::from_millis(5), breaker_deaths: 3, ..RestartPolicy::default() };
    limits
}

pub fn start(personality: &str) -> Host {
    Host::start(config(personality).0)
}

/// What a test counts of its whole process counts only in a process of its own: there this says true. Elsewhere it runs
/// the test there, and says false.
pub fn is_alone(test: &str) -> bool {
    const ALONE: &str = "TOS_AI_HOST_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let arguments = ["--exact", test, "--nocapture", "--include-ignored"];
    let run = Command::new(std::env::current_exe().unwrap()).args(arguments).env(ALONE, "1").output().unwrap();
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && output.contains("1 passed"), "{output}{}", String::from_utf8_lossy(&run.stderr));
    print!("{output}");
    false
}

/// Waits for a status.
pub async fn until(host: &Host, wanted: impl Fn(&Status) -> bool) -> Status {
    let mut watch = host.watch();
    let found = timeout(PATIENCE, watch.wait_for(|status| wanted(status))).await;
    match found {
        Ok(Ok(status)) => status.clone(),
        other => panic!("{other:?}, still {:?}", host.status()),
    }
}

pub async fn running(host: &Host) {
    until(host, |status| matches!(status, Status::Running { .. })).await;
}

pub async fn ask(host: &Host, method: &str, params: Value) -> Value {
    host.call(method, params).await.unwrap().parse().unwrap()
}

/// Lets the fake plugin ask the host.
pub async fn asked(host: &Host, method: &str, params: Value) -> Value {
    ask(host, "ai_ask", json!({ "method": method, "params": params })).await
}
