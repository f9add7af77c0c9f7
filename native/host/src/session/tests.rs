//! A session without a process: the tests pass lines and times.

mod calls;
mod flow;
mod start;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::*;
use crate::chain::{Block, ChainError, MAX_REGISTERED};
use crate::events::Event;
use crate::line::{Line, MAX_LINE_BYTES};
use crate::outbox::MAX_MESSAGES;

const SECOND: Duration = Duration::from_secs(1);

/// A session, the time, and its last output.
struct Stage {
    session: Session,
    now: Instant,
    counters: Arc<Counters>,
    events: Mutex<EventQueue>,
}

impl Stage {
    fn new() -> Self {
        let now = Instant::now();
        let counters = Arc::<Counters>::default();
        let setup = Setup {
            network: Network::Testnet,
            genesis: [0xab; 32],
            data_dir: "/data/".into(),
            registry: Registry::Chain,
            options: PluginOptions::default(),
            node: ("tos".into(), "1".into()),
            node_key: None,
            authors: vec![[1; 32]],
            fresh: Vec::new(),
            limits: Limits::default(),
        };
        let session = Session::new(Arc::new(setup), Arc::clone(&counters), "c0".into(), now);
        Self { session, now, counters, events: Mutex::default() }
    }

    /// One that runs, with so much credit.
    fn running(credit: u64) -> Self {
        let mut stage = Self::new();
        let manifest = stage.sent().remove(0);
        let methods = json!([{ "name": "ai_echo", "description": "" }]);
        stage.answers(
            &manifest,
            &json!({
                "cookie": "c0", "protocol": 1, "name": "n", "version": "v", "methods": methods, "events": ["block"]
            }),
        );
        match stage.effects().remove(0) {
            Effect::Prepare(wanted) => stage.events.lock().unwrap().open(wanted),
            other => panic!("{other:?}"),
        }
        stage.session.prepared(None, stage.now);
        let init = stage.sent().remove(0);
        stage.answers(
            &init,
            &json!({
                "node_key": "00".repeat(32), "node_address": "", "multiaddrs": [], "api": null, "data": "",
                "credit": credit,
            }),
        );
        assert!(matches!(stage.effects().remove(0), Effect::Ready(_)));
        stage
    }

    fn receives(&mut self, message: &Value) {
        self.line(message.to_string().as_bytes());
    }

    fn line(&mut self, bytes: &[u8]) {
        self.session.line(&Line::Whole(bytes), self.now);
    }

    fn answers(&mut self, request: &Value, result: &Value) {
        self.receives(&json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }));
    }

    fn sent(&mut self) -> Vec<Value> {
        let mut chunk = Vec::new();
        self.session.fill(&mut chunk, &self.events);
        chunk.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    fn effects(&mut self) -> Vec<Effect> {
        std::iter::from_fn(|| self.session.effect()).collect()
    }

    fn death(&mut self) -> Option<Death> {
        self.effects().into_iter().find_map(|effect| match effect {
            Effect::Die(death) => Some(death),
            _ => None,
        })
    }

    fn after(&mut self, wait: Duration) -> &mut Self {
        self.now += wait;
        self.session.tick(self.now);
        self
    }

    fn block(&self, topoheight: u64) {
        let block = Block { topoheight, height: 1, hash: [0; 32], timestamp_ms: u64::MAX, registered: vec![[2; 32]] };
        self.events.lock().unwrap().push(Event::Block(block));
    }

    fn call(&mut self, method: &str, params: Value) -> oneshot::Receiver<Result<Answer, HostError>> {
        let (reply, answer) = oneshot::channel();
        let place = Place::take(&self.counters).unwrap();
        self.session.call(Call { method: method.into(), params, reply, place }, self.now);
        answer
    }
}
