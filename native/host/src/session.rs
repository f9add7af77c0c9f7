//! The protocol with one process of the plugin, as a state machine: lines and time in, lines and effects out. No I/O,
//! no clock.

mod answers;
mod calls;
mod clock;
mod handshake;
mod intake;
mod payloads;
mod questions;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

pub use answers::PROTOCOL_MAX;
pub use calls::{Answer, Call, MAX_CALLS, Place};
pub use questions::{Question, Reply};

use crate::bucket::Bucket;
use crate::chain::Bytes32;
use crate::config::{Limits, Network, PluginOptions, Registry};
use crate::error::{Death, HostError, Stage};
use crate::events::{EventQueue, Outgoing, Wanted};
use crate::log::{LogLevel, LogSource};
use crate::outbox::Outbox;
use crate::status::{Counters, PluginInfo, add, set};
use crate::wire::{self, WireId};
use calls::OpenCalls;
use intake::{PROGRESS_BURST, PROGRESS_PER_SECOND};
use questions::Asked;

/// The size of a write: about the capacity of a pipe.
pub const CHUNK_BYTES: usize = 64 << 10;
/// The setup that all processes of a plugin share.
pub struct Setup {
    pub network: Network,
    pub genesis: Bytes32,
    pub data_dir: String,
    pub registry: Registry,
    pub options: PluginOptions,
    pub node: (String, String),
    pub node_key: Option<Bytes32>,
    pub authors: Vec<Bytes32>,
    pub fresh: Vec<Bytes32>,
    pub limits: Limits,
}

/// An action for the caller.
#[derive(Debug)]
pub enum Effect {
    /// Open the queue for these events, then pass the tip to [`Session::prepared`].
    Prepare(Wanted),
    /// Answer this question by [`Session::answer`].
    Ask(u64, Question),
    /// A progress message of the start.
    Progress(String),
    /// It runs.
    Ready(Box<PluginInfo>),
    /// A line for the log.
    Log { level: LogLevel, source: LogSource, message: String, fields: Option<String> },
    /// The plugin refuses to run.
    Disable(String),
    /// Terminate the plugin.
    Terminate,
    /// Kill the plugin.
    Die(Death),
}

/// The kind of an open request of the host.
enum Open {
    Manifest,
    Init,
    Ping,
    Shutdown,
}

struct OpenQuestion {
    id: WireId,
    asked: Asked,
}

/// See the module.
pub struct Session {
    setup: Arc<Setup>,
    counters: Arc<Counters>,
    cookie: String,
    stage: Stage,
    over: bool,
    born: Instant,
    /// The time of the last byte of either side.
    last_byte: Instant,
    next_id: u64,
    open: HashMap<u64, Open>,
    calls: OpenCalls,
    plugin: PluginInfo,
    questions: HashMap<u64, OpenQuestion>,
    next_question: u64,
    outbox: Outbox,
    faults: u32,
    progress: Bucket,
    /// An invalid answer of the chain was logged.
    unfit_logged: bool,
    credit: u64,
    next_seq: u64,
    next_ping: Instant,
    effects: VecDeque<Effect>,
}

impl Session {
    pub fn new(setup: Arc<Setup>, counters: Arc<Counters>, cookie: String, now: Instant) -> Self {
        let mut session = Self {
            calls: OpenCalls::new(Arc::clone(&counters)),
            setup,
            counters,
            cookie,
            stage: Stage::Started,
            over: false,
            born: now,
            last_byte: now,
            next_id: 0,
            open: HashMap::new(),
            plugin: PluginInfo::default(),
            questions: HashMap::new(),
            next_question: 0,
            outbox: Outbox::default(),
            faults: 0,
            progress: Bucket::new(PROGRESS_BURST, PROGRESS_PER_SECOND, now),
            unfit_logged: false,
            credit: 0,
            next_seq: 1,
            next_ping: now,
            effects: VecDeque::new(),
        };
        session.ask_for_the_manifest();
        session
    }

    pub const fn stage(&self) -> Stage {
        self.stage
    }

    pub fn effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Records traffic in either direction.
    pub const fn bytes_moved(&mut self, now: Instant) {
        self.last_byte = now;
    }

    /// A call of the plugin's API.
    pub fn call(&mut self, call: Call, now: Instant) {
        match self.stage {
            Stage::Running if !self.over => {
                let deadline = now + self.setup.limits.call_timeout;
                self.next_id += 1;
                if let Some(line) = self.calls.open(self.next_id, call, deadline, self.outbox.bytes()) {
                    self.send(Ok(line));
                }
            }
            Stage::Stopping => call.refuse(HostError::ShuttingDown),
            Stage::Started | Stage::Manifest | Stage::Running => call.refuse(HostError::NotRunning),
        }
    }

    /// The process ended: fails all open calls.
    pub fn ended(&mut self) {
        self.over = true;
        self.calls.end();
        for gauge in [
            &self.counters.credit,
            &self.counters.requests_open,
            &self.counters.outbox_messages,
            &self.counters.outbox_bytes,
            &self.counters.pings_open,
            &self.counters.plugin_ready,
        ] {
            set(gauge, 0_u64);
        }
    }

    /// Appends the lines that may be sent now.
    pub fn fill(&mut self, chunk: &mut Vec<u8>, events: &Mutex<EventQueue>) {
        while chunk.len() < CHUNK_BYTES {
            let Some(line) = self.outbox.pop() else { break };
            chunk.extend_from_slice(&line);
        }
        set(&self.counters.outbox_messages, self.outbox.len());
        set(&self.counters.outbox_bytes, self.outbox.bytes());
        while chunk.len() < CHUNK_BYTES && self.credit > 0 && self.stage == Stage::Running && !self.over {
            // The node may wait for this lock: it is held for one event, and no line is written meanwhile.
            let next = events.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let line = match &next {
                None => break,
                Some(Outgoing::Lagged(missed)) => payloads::lagged_line(*missed, self.next_seq),
                Some(Outgoing::Event(event)) => payloads::event_line(event, self.next_seq),
            };
            // An event consists of numbers and hex digits, so that writing never fails.
            let Ok(line) = line else { continue };
            self.next_seq += 1;
            self.credit -= 1;
            add(&self.counters.events_sent, u64::from(matches!(next, Some(Outgoing::Event(_)))));
            chunk.extend_from_slice(&line);
        }
        set(&self.counters.credit, self.credit);
    }

    fn ask(&mut self, open: Open, method: &str, params: impl serde::Serialize) {
        self.next_id += 1;
        self.open.insert(self.next_id, open);
        self.send(wire::request(self.next_id, method, params));
    }

    /// Messages of the host itself can always be written.
    fn send(&mut self, line: Result<Vec<u8>, serde_json::Error>) {
        if let Ok(line) = line
            && self.outbox.push(line).is_err()
        {
            self.die(Death::Stuck);
        }
    }

    fn log(&mut self, level: LogLevel, message: String) {
        self.effects.push_back(Effect::Log { level, source: LogSource::Host, message, fields: None });
    }

    fn die(&mut self, death: Death) {
        if !self.over {
            self.over = true;
            self.effects.push_back(Effect::Die(death));
        }
    }
}

#[cfg(test)]
mod tests;
