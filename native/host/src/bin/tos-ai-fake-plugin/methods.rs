use std::process::{exit, id as process_id};

use serde_json::{Value, json};

use crate::plugin::Plugin;
use crate::talk;

/// Its API: what a test may ask of it.
pub const METHODS: [&str; 11] = [
    "ai_heard",
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
            "ai_echo" => talk::result(id, params),
            "ai_fail" => talk::message(&json!({
                "jsonrpc": "2.0", "id": id,
                "error": { "code": -32000, "message": "it failed", "data": { "reason": "on_purpose" } },
            })),
            "ai_heard" => talk::result(
                id,
                &json!({
                    "events": self.heard.events, "blocks": self.heard.blocks, "missed": self.heard.missed,
                    "gaps": self.heard.gaps, "last_topoheight": self.heard.last_topoheight,
                    "pings": self.heard.pings, "last_tip": self.heard.last_tip, "init": self.heard.init,
                }),
            ),
            "ai_pid" => talk::result(id, &json!(process_id())),
            "ai_env" => {
                let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
                talk::result(id, &json!(names.collect::<Vec<_>>()));
            }
            "ai_hold" => self.held.push(id.clone()),
            "ai_release" => {
                for held in self.held.drain(..) {
                    talk::result(&held, &json!("released"));
                }
                talk::result(id, &json!({}));
            }
            "ai_ask" => {
                self.next_id += 1;
                self.asked.push((self.next_id, id.clone()));
                talk::request(self.next_id, params["method"].as_str().unwrap_or_default(), &params["params"]);
            }
            "ai_grant" => {
                talk::notification("credit", params);
                talk::result(id, &json!({}));
            }
            "ai_say" => {
                talk::line(params["line"].as_str().unwrap_or_default().as_bytes());
                talk::result(id, &json!({}));
            }
            "ai_die" => exit(params["code"].as_i64().and_then(|code| i32::try_from(code).ok()).unwrap_or(1)),
            _ => talk::error(id, -32601, "no such method"),
        }
    }
}
