use std::process::{exit, id as process_id};

use serde_json::{Value, json};

use crate::output;
use crate::plugin::Plugin;

/// Its API: what a test may ask of it.
pub const METHODS: [&str; 11] = [
    "ai_received",
    "ai_echo",
    "ai_hold",
    "ai_release",
    "ai_ask",
    "ai_fail",
    "ai_die",
    "ai_grant",
    "ai_say",
    "ai_pid",
    "ai_env",
];

impl Plugin {
    pub fn call(&mut self, id: &Value, method: &str, params: &Value) {
        match method {
            "ai_echo" => output::result(id, params),
            "ai_fail" => output::message(&json!({
                "jsonrpc": "2.0", "id": id,
                "error": { "code": -32000, "message": "it failed", "data": { "reason": "on_purpose" } },
            })),
            "ai_received" => output::result(
                id,
                &json!({
                    "events": self.received.events, "blocks": self.received.blocks, "missed": self.received.missed,
                    "gaps": self.received.gaps, "last_topoheight": self.received.last_topoheight,
                    "pings": self.received.pings, "last_tip": self.received.last_tip, "init": self.received.init,
                }),
            ),
            "ai_pid" => output::result(id, &json!(process_id())),
            "ai_env" => {
                let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
                output::result(id, &json!(names.collect::<Vec<_>>()));
            }
            "ai_hold" => self.held.push(id.clone()),
            "ai_release" => {
                for held in self.held.drain(..) {
                    output::result(&held, &json!("released"));
                }
                output::result(id, &json!({}));
            }
            "ai_ask" => {
                self.next_id += 1;
                self.asked.push((self.next_id, id.clone()));
                output::request(self.next_id, params["method"].as_str().unwrap_or_default(), &params["params"]);
            }
            "ai_grant" => {
                output::notification("credit", params);
                output::result(id, &json!({}));
            }
            "ai_say" => {
                output::line(params["line"].as_str().unwrap_or_default().as_bytes());
                output::result(id, &json!({}));
            }
            "ai_die" => exit(params["code"].as_i64().and_then(|code| i32::try_from(code).ok()).unwrap_or(1)),
            _ => output::error(id, -32601, "no such method"),
        }
    }
}
