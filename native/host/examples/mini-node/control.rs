//! Commands, one JSON object to a line; each may have an `id`, which its answer has too:
//!
//! - `{"call": "ai_...", "params": {...}}` -> `{"result": ...}` or `{"error": {"code", "message", "data"?}}`
//! - `{"metrics": true}` -> `{"result": {...}}`
//! - `{"rewind": 5}`: the last five blocks are others now
//! - `{"peers": ["127.0.0.1"]}`: machines that run the chain
//! - `{"enable": true}`: starts a plugin that is disabled
//!
//! What it says by itself: `{"event": "ready", ...}`, `{"event": "status", ...}`, `{"event": "stopped", ...}`. The end
//! of standard input, or SIGTERM, stops it.

use std::io::{self, BufRead, Write};
use std::net::IpAddr;
use std::sync::Arc;
use std::thread;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, watch};
use tos_ai_host::{Answer, Host, HostError, Status};

use crate::chain::MiniChain;

/// Commands that were read and not obeyed yet.
const MAX_COMMANDS: usize = 64;

/// Writes a line; ignores a closed pipe.
pub fn say(line: &Value) {
    let mut output = io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// Says every change of the plugin, until its end.
pub async fn tell(mut watch: watch::Receiver<Status>) {
    loop {
        let status = watch.borrow_and_update().clone();
        say(&described(&status));
        if status == Status::Stopped || watch.changed().await.is_err() {
            return;
        }
    }
}

fn described(status: &Status) -> Value {
    let of = |name: &str, detail: String| json!({ "event": "status", "status": name, "detail": detail });
    match status {
        Status::Starting { stage, progress, .. } => {
            of("starting", progress.clone().unwrap_or_else(|| format!("{stage:?}").to_lowercase()))
        }
        Status::Running { plugin, .. } => json!({
            "event": "ready", "pid": plugin.pid, "version": plugin.version, "node_key": plugin.node_key,
            "node_address": plugin.node_address, "multiaddrs": plugin.multiaddrs, "api": plugin.api,
            "data": plugin.data,
            "methods": plugin.methods.iter().map(|method| &method.name).collect::<Vec<_>>(),
        }),
        Status::Backoff { last, .. } => of("backoff", last.to_string()),
        Status::Disabled(reason) => of("disabled", format!("{reason:?}")),
        Status::Stopping => of("stopping", String::new()),
        Status::Stopped => of("stopped", String::new()),
    }
}

#[derive(Deserialize)]
pub struct Command {
    #[serde(default)]
    id: Value,
    call: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    metrics: bool,
    rewind: Option<u64>,
    peers: Option<Vec<IpAddr>>,
    #[serde(default)]
    enable: bool,
}

/// Commands from standard input.
pub struct Control(mpsc::Receiver<Command>);

impl Control {
    pub fn new() -> Self {
        let (commands, received) = mpsc::channel(MAX_COMMANDS);
        thread::spawn(move || {
            for line in io::stdin().lock().lines().map_while(Result::ok) {
                let sent = match serde_json::from_str(&line) {
                    Ok(command) => commands.blocking_send(command).is_ok(),
                    Err(error) => {
                        let message = error.to_string();
                        say(&json!({ "id": null, "error": { "code": -32700, "message": message } }));
                        true
                    }
                };
                if !sent {
                    return;
                }
            }
        });
        Self(received)
    }

    /// Nothing: there are no more.
    pub async fn next(&mut self) -> Option<Command> {
        self.0.recv().await
    }
}

pub fn obey(command: Command, host: &Host, chain: &Arc<MiniChain>) {
    let Command { id, call, params, metrics, rewind, peers, enable } = command;
    if let Some(method) = call {
        let host = host.clone();
        tokio::spawn(async move { say(&answered(&id, host.call(&method, params).await)) });
    } else if metrics {
        let counts = host.metrics().all().into_iter().map(|(name, value)| (name.to_owned(), json!(value)));
        say(&json!({ "id": id, "result": counts.collect::<Map<_, _>>() }));
    } else if let Some(depth) = rewind {
        let (kept, blocks) = chain.rewind(depth);
        host.rewound(kept, chain.top());
        blocks.into_iter().for_each(|block| host.block(block));
        say(&json!({ "id": id, "result": kept }));
    } else if let Some(peers) = peers {
        host.peers(&peers);
        say(&json!({ "id": id, "result": peers.len() }));
    } else if enable {
        host.enable();
        say(&json!({ "id": id, "result": true }));
    } else {
        say(&json!({ "id": id, "error": { "code": -32601, "message": "no such command" } }));
    }
}

fn answered(id: &Value, answer: Result<Answer, HostError>) -> Value {
    match answer.map(|answer| answer.parse::<Value>()) {
        Ok(Ok(result)) => json!({ "id": id, "result": result }),
        Ok(Err(error)) => json!({ "id": id, "error": { "code": -32603, "message": error.to_string() } }),
        Err(error) => {
            let data = match &error {
                HostError::Plugin { data: Some(data), .. } => serde_json::from_str(data).unwrap_or(Value::Null),
                _ => Value::Null,
            };
            json!({ "id": id, "error": { "code": error.code(), "message": error.to_string(), "data": data } })
        }
    }
}
