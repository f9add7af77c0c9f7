use std::io::{self, BufRead};
use std::process::{Command, ExitCode, Stdio, exit};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal, raise};
use serde_json::{Value, json};

use crate::methods::METHODS;
use crate::output;
use crate::personality::Personality;

/// What it grants at first, and again whenever a quarter of it is used up.
const CREDIT: u64 = 1024;
/// Events of [`Personality::DiesOfEvents`].
const LAST_EVENT: u64 = 10;
/// Ids of what [`Personality::FloodsRequests`] asks begin here: nothing else asks as much.
const FLOOD_IDS: u64 = 1 << 40;
/// And so many may be open: eight times what a host allows.
const FLOOD_OPEN: u64 = 512;

/// The received events, which `ai_received` returns.
#[derive(Default)]
pub struct Received {
    pub events: u64,
    pub blocks: u64,
    pub missed: u64,
    pub last_seq: u64,
    pub gaps: u64,
    pub last_topoheight: Value,
    pub last_tip: Value,
    pub used_credit: u64,
    pub pings: u64,
    pub init: Value,
}

/// See the module.
pub struct Plugin {
    personality: Personality,
    pub received: Received,
    cookie: String,
    /// The calls of `ai_hold` that `ai_release` ends.
    pub held: Vec<Value>,
    /// The calls of `ai_ask` that the host's answer ends, by the id under which the host was asked.
    pub asked: Vec<(u64, Value)>,
    pub next_id: u64,
    /// What [`Personality::FloodsRequests`] was not answered yet.
    unanswered: Arc<AtomicU64>,
}

impl Plugin {
    pub fn new(personality: Personality) -> Self {
        let cookie = std::env::var("TOS_AI_PLUGIN_COOKIE").unwrap_or_default();
        Self {
            personality,
            received: Received::default(),
            cookie,
            held: Vec::new(),
            asked: Vec::new(),
            next_id: 0,
            unanswered: Arc::default(),
        }
    }

    pub fn run(mut self) -> ExitCode {
        if self.personality == Personality::ExitsAtOnce {
            return ExitCode::FAILURE;
        }
        let ignores_term = matches!(self.personality, Personality::IgnoresTerm | Personality::OnlyInput);
        if ignores_term && block_term().is_err() {
            return ExitCode::FAILURE;
        }
        for line in io::stdin().lock().lines() {
            let Ok(message) = line.map_err(drop).and_then(|line| serde_json::from_str(&line).map_err(drop)) else {
                output::error(&Value::Null, -32700, "not a message");
                continue;
            };
            self.hear(&message);
        }
        if matches!(self.personality, Personality::IgnoresShutdown | Personality::IgnoresTerm) {
            forever();
        }
        ExitCode::SUCCESS
    }

    fn hear(&mut self, message: &Value) {
        if self.personality == Personality::Silent {
            return;
        }
        let id = &message["id"];
        let params = &message["params"];
        match message["method"].as_str() {
            Some(method) if id.is_null() => self.event(method, params),
            Some(method) => {
                self.pester();
                self.request(id, method, params);
            }
            None => self.answer(message),
        }
    }

    /// What some do whenever they are asked something.
    fn pester(&self) {
        match self.personality {
            Personality::StrayPrints => output::line(b"Debugger attached."),
            Personality::SomeGarbage => (0..15).for_each(|_| output::line(b"{\"jsonrpc\":\"2.0\",")),
            Personality::StrayAnswers => output::result(&json!(9_007_199_254_740_991_u64), &Value::Null),
            _ => {}
        }
    }

    fn request(&mut self, id: &Value, method: &str, params: &Value) {
        match method {
            "getmanifest" => self.manifest(id, params),
            "init" => self.init(id, params),
            "ping" => self.ping(id),
            "shutdown" => self.shutdown(id),
            _ => self.call(id, method, params),
        }
    }

    fn manifest(&self, id: &Value, params: &Value) {
        let known = params["cookie"] == self.cookie;
        let cookie = if self.personality == Personality::WrongCookie { json!("00") } else { params["cookie"].clone() };
        let protocol = if self.personality == Personality::WrongVersion { 2 } else { 1 };
        let mut names = METHODS;
        if self.personality == Personality::BadMethods {
            names[0] = "get_info";
        }
        let methods: Vec<_> = names.iter().map(|name| json!({ "name": name, "description": "" })).collect();
        match self.personality {
            Personality::RefusesVersion => output::error(id, -32002, "no common version"),
            Personality::RefusesCookie => output::error(id, -32001, "another cookie"),
            Personality::BadManifest => output::result(id, &json!({ "cookie": cookie })),
            _ if !known => output::error(id, -32001, "another cookie"),
            _ => output::result(
                id,
                &json!({
                    "cookie": cookie, "protocol": protocol, "name": "tos-ai-sync", "version": "0.0.0",
                    "methods": methods, "events": ["block", "rewound", "tip", "peers"],
                }),
            ),
        }
    }

    fn init(&mut self, id: &Value, params: &Value) {
        self.received.init = params.clone();
        let credit = match self.personality {
            Personality::NoCredit => json!(0),
            Personality::AbsurdCredit => json!("18446744073709551615"),
            _ => json!(CREDIT),
        };
        match self.personality {
            Personality::DiesInInit => exit(3),
            Personality::HangsInInit => return,
            Personality::RefusesInit => return output::error(id, -32603, "the disk is full"),
            Personality::BadInit => return output::result(id, &json!({ "credit": 1 })),
            Personality::Disables => {
                output::result(id, &json!({ "disable": "not on this network" }));
                exit(0);
            }
            Personality::SlowStart => {
                for step in 1..=8 {
                    output::notification("progress", &json!({ "stage": format!("step {step}") }));
                    thread::sleep(Duration::from_millis(50));
                }
            }
            _ => {}
        }
        output::result(
            id,
            &json!({
                "node_key": "11".repeat(32), "node_address": "tst1fake", "multiaddrs": ["/ip4/127.0.0.1/tcp/1"],
                "api": null, "data": "/tmp/fake", "credit": credit,
            }),
        );
        self.misbehave();
    }

    /// What begins when the host believes that all is well.
    fn misbehave(&mut self) {
        match self.personality {
            Personality::Garbage => flood(|_| output::line(b"garbage {]")),
            Personality::LongLine => output::line(&vec![b'x'; 5 << 20]),
            Personality::EndlessLine => flood(|_| output::bytes(&[b'x'; 65_536])),
            Personality::LargeGarbage => {
                let line = format!(r#"{{"jsonrpc":"2.0","method":"x","params":[{}"#, r#"{"a":[0]},"#.repeat(400_000));
                flood(move |_| output::line(line.as_bytes()));
            }
            Personality::HalfLine => {
                output::bytes(b"{\"jsonrpc\":\"2.0\",\"method\":\"cre");
                exit(0);
            }
            Personality::ReadsNothing => forever(),
            Personality::AsksAndReadsNothing => loop {
                output::request(FLOOD_IDS, "chain.tip", &json!({}));
            },
            Personality::FloodsRequests => {
                let unanswered = Arc::clone(&self.unanswered);
                flood(move |i| {
                    while unanswered.load(Ordering::Acquire) >= FLOOD_OPEN {
                        thread::yield_now();
                    }
                    unanswered.fetch_add(1, Ordering::AcqRel);
                    output::request(FLOOD_IDS + i, "chain.tip", &json!({}));
                });
            }
            Personality::FloodsLogs => {
                flood(|i| output::notification("log", &json!({ "level": "info", "message": format!("line {i}") })));
            }
            Personality::FloodsStandardError => flood(|i| eprintln!("line {i}")),
            Personality::AbsurdCredit => {
                for events in [json!(u64::MAX), json!(4096), json!("18446744073709551615"), json!(-1), json!(0.5)] {
                    output::notification("credit", &json!({ "events": events }));
                }
            }
            Personality::ClosesOutput => {
                let _ = nix::unistd::close(1);
            }
            Personality::LeavesChild => {
                let _ = Command::new("sleep").arg("600").stdin(Stdio::null()).spawn();
                exit(1);
            }
            _ => {}
        }
    }

    fn event(&mut self, name: &str, params: &Value) {
        let seq = params["seq"].as_u64().unwrap_or_default();
        self.received.gaps += u64::from(seq != self.received.last_seq + 1);
        self.received.last_seq = seq;
        self.received.events += 1;
        match name {
            "block" => {
                self.received.blocks += 1;
                self.received.last_topoheight = params["topoheight"].clone();
            }
            "tip" => self.received.last_tip = params["tip"].clone(),
            "lagged" => self.received.missed += params["missed"].as_u64().unwrap_or_default(),
            _ => {}
        }
        if self.personality == Personality::DiesOfEvents && self.received.events == LAST_EVENT {
            let _ = raise(Signal::SIGKILL);
        }
        self.received.used_credit += 1;
        if self.personality != Personality::NoCredit && self.received.used_credit >= CREDIT / 4 {
            output::notification("credit", &json!({ "events": self.received.used_credit }));
            self.received.used_credit = 0;
        }
    }

    fn ping(&mut self, id: &Value) {
        self.received.pings += 1;
        let answers = match self.personality {
            Personality::NoPong => false,
            Personality::LatePong => self.received.pings.is_multiple_of(3),
            _ => true,
        };
        if answers {
            output::result(id, &json!({ "ready": true, "lag_ms": 1.5, "memory_bytes": 1_000_000 }));
        }
    }

    fn shutdown(&self, id: &Value) {
        if !matches!(self.personality, Personality::IgnoresShutdown | Personality::IgnoresTerm | Personality::OnlyInput)
        {
            output::result(id, &json!({}));
            exit(0);
        }
    }

    fn answer(&mut self, message: &Value) {
        if message["id"].as_u64().is_some_and(|id| id >= FLOOD_IDS) {
            self.unanswered.fetch_sub(1, Ordering::AcqRel);
        }
        let Some(at) = self.asked.iter().position(|(id, _)| message["id"] == *id) else { return };
        let (_, caller) = self.asked.swap_remove(at);
        output::result(&caller, &json!({ "result": message["result"], "error": message["error"] }));
    }
}

/// Repeats while the plugin runs.
fn flood(what: impl Fn(u64) + Send + 'static) {
    thread::spawn(move || (0..u64::MAX).for_each(what));
}

fn forever() -> ! {
    loop {
        thread::park();
    }
}

/// Threads that are started later inherit it.
fn block_term() -> nix::Result<()> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGTERM);
    signals.thread_block()
}
