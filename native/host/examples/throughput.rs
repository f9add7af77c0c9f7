//! How many block events a second go through the pipe and are worked off by the plugin:
//!
//! `cargo run --release -p tos-ai-host --example throughput -- 200000 node dist/cli/main.js managed`

use std::future::ready;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tos_ai_host::{Block, ChainError, ChainFuture, ChainSource, Host, HostConfig, Network, Registry, Status, Tip};

/// Blocks that no plugin remembers as others: this devnet lives in a folder of its own.
struct Chain(AtomicU64);

fn block(topoheight: u64) -> Block {
    let mut hash = [0x5a; 32];
    hash[..8].copy_from_slice(&topoheight.to_be_bytes());
    Block { topoheight, height: topoheight, hash, timestamp_ms: 1_000 * topoheight, registered: Vec::new() }
}

fn tip(top: u64) -> Tip {
    let Block { topoheight, height, hash, timestamp_ms, .. } = block(top);
    let stable = top.saturating_sub(8);
    Tip {
        topoheight,
        height,
        stable_height: stable,
        stable_topoheight: stable,
        hash,
        timestamp_ms,
        first_topoheight: None,
        block_time_ms: 1_000,
    }
}

impl ChainSource for Chain {
    fn tip(self: Arc<Self>) -> ChainFuture<Tip> {
        Box::pin(ready(Ok(tip(self.0.load(Ordering::Acquire)))))
    }

    fn blocks(self: Arc<Self>, from: u64, to: u64) -> ChainFuture<Vec<Block>> {
        let top = self.0.load(Ordering::Acquire);
        let blocks = if to > top { Err(ChainError::OutOfRange) } else { Ok((from..=to).map(block).collect()) };
        Box::pin(ready(blocks))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let events: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let mut command: Vec<String> = arguments.collect();
    if command.is_empty() {
        command = ["node", "dist/cli/main.js", "managed"].map(str::to_owned).to_vec();
    }
    let folder = std::env::temp_dir().join(format!("tos-ai-throughput-{}", std::process::id()));
    let chain = Arc::new(Chain(AtomicU64::new(100)));
    let source = Arc::<Chain>::clone(&chain);
    let mut config = HostConfig::new(&folder, Network::Devnet, [0x77; 32], source);
    config.args = command.split_off(1).into_iter().map(Into::into).collect();
    config.command = command.swap_remove(0).into();
    config.registry = Registry::Everyone;
    config.options.listen = Some(vec!["/ip4/127.0.0.1/tcp/0".into()]);
    let host = Host::start(config);
    let started = host.watch().wait_for(|status| !matches!(status, Status::Starting { .. })).await.map(drop);
    let method = match host.status() {
        Status::Running { plugin, .. } if started.is_ok() => {
            plugin.methods.into_iter().next().map(|method| method.name)
        }
        _ => None,
    };
    let Some(method) = method else {
        eprintln!("the plugin does not run: {:?}", host.status());
        return ExitCode::FAILURE;
    };

    let began = Instant::now();
    for topoheight in 101..=100 + events {
        // The queue holds 4,096 and drops the oldest: to measure, it is kept half full.
        while host.metrics().events_waiting > 2_048 {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        chain.0.store(topoheight, Ordering::Release);
        host.block(block(topoheight));
    }
    while host.metrics().events_waiting > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // The plugin reads in order: when it answers, it has read all events. The real plugin reports what it made of them.
    let top = loop {
        let status = host.call(&method, Value::Null).await.ok().and_then(|answer| answer.parse::<Value>().ok());
        let Some(status) = status else { break None };
        let top = status["chain"]["topoheight"].as_u64();
        if top.is_none_or(|top| top == 100 + events) || began.elapsed() > Duration::from_secs(60) {
            break top;
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    let metrics = host.metrics();
    let figures = json!({
        "events": metrics.events_sent, "dropped": metrics.events_dropped, "seconds": seconds,
        "per_second": (events as f64 / seconds).round(), "plugin_topoheight": top,
    });
    println!("{figures}");
    host.shutdown(Duration::from_secs(10)).await;
    let _ = std::fs::remove_dir_all(folder);
    if metrics.events_dropped == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
