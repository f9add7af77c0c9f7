//! One life of a plugin as a state machine: lines and time in, lines and effects out. No I/O, no clock.

mod answers;
mod calls;
mod clock;
mod handshake;
mod payloads;
mod questions;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use answers::PROTOCOL_MAX;
pub use calls::{Answer, Call, MAX_CALLS, Place};
pub use questions::{Question, Reply};

use crate::chain::Bytes32;
use crate::config::{Limits, Network, PluginOptions, Registry};
use crate::error::{Death, HostError, Stage};
use crate::events::{EventQueue, MAX_EVENTS, Outgoing, Wanted};
use crate::line::Line;
use crate::log::{LogLevel, MAX_LOG_BYTES};
use crate::outbox::Outbox;
use crate::status::{Counters, PluginInfo, add, set};
use crate::wire::{self, Integer, Message, WireError, WireId, code};
use calls::OpenCalls;
use questions::Asked;

/// Unreadable lines in a row that end a plugin (docs/managed.md, "Framing").
const MAX_FAULTS: u32 = 16;
/// Requests of the plugin that may be open (docs/managed.md, "Framing").
const MAX_REQUESTS: usize = 64;
/// Lines are handed to the pipe in pieces of about this size: what a pipe takes at once.
const CHUNK_BYTES: usize = 64 << 10;
/// A step of a start, in words.
const MAX_PROGRESS_BYTES: usize = 256;

/// What does not change between the lives of a plugin.
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

/// What the session wants done.
#[derive(Debug)]
pub enum Effect {
    /// Open the queue for these events, then say where the chain stands ([`Session::prepared`]).
    Prepare(Wanted),
    /// Answer this ([`Session::answer`]).
    Ask(u64, Question),
    /// The plugin said how far its start is.
    Progress(String),
    /// It runs.
    Ready(Box<PluginInfo>),
    /// A line for the log.
    Log { level: LogLevel, message: String, fields: Option<String> },
    /// It does not want to run.
    Disable(String),
    /// Let it stop by itself no longer.
    Terminate,
    /// Kill it.
    Die(Death),
}

/// What an open request of the host is about.
enum Open {
    Manifest,
    Init,
    Ping,
    Shutdown,
}

#[derive(Deserialize)]
struct Credit {
    events: Integer,
}

#[derive(Deserialize)]
struct LogIn {
    level: String,
    message: String,
    #[serde(default)]
    fields: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Progress {
    stage: String,
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
    /// When the last byte was sent by either side.
    last_byte: Instant,
    next_id: u64,
    open: HashMap<u64, Open>,
    calls: OpenCalls,
    plugin: PluginInfo,
    questions: HashMap<u64, OpenQuestion>,
    next_question: u64,
    outbox: Outbox,
    faults: u32,
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

    /// Bytes went either way.
    pub const fn bytes_moved(&mut self, now: Instant) {
        self.last_byte = now;
    }

    /// A line of the plugin's standard output.
    pub fn line(&mut self, line: &Line<'_>, now: Instant) {
        if self.over {
            return;
        }
        let read = match line {
            Line::Whole(bytes) => wire::read(bytes).and_then(|message| self.message(message, now)),
            Line::TooLong(_) => Err("a line over the limit"),
        };
        match read {
            Ok(()) => self.faults = 0,
            Err(why) => self.fault(why),
        }
    }

    fn fault(&mut self, why: &str) {
        add(&self.counters.faults, 1);
        self.faults += 1;
        if self.faults == 1 {
            self.log(LogLevel::Warn, format!("the plugin wrote a line that can't be read: {why}"));
        }
        if self.faults >= MAX_FAULTS {
            self.die(Death::Faults);
        }
    }

    fn message(&mut self, message: Message<'_>, now: Instant) -> Result<(), &'static str> {
        match message {
            Message::Request { id, method, params } => self.request(id, &method, params),
            Message::Notification { method, params } => self.notification(&method, params)?,
            Message::Answer { id, outcome } => self.answered(id, outcome, now),
        }
        Ok(())
    }

    fn request(&mut self, id: WireId, method: &str, params: Option<&RawValue>) {
        add(&self.counters.requests, 1);
        if self.questions.len() >= MAX_REQUESTS {
            add(&self.counters.requests_refused, 1);
            return self.send(wire::error(&id, code::BUSY, "too many requests are open", None));
        }
        match Question::read(method, params) {
            Err(bad) => self.send(wire::error(&id, bad.code, bad.message, None)),
            Ok(question) => {
                let ticket = self.next_question;
                self.next_question += 1;
                self.questions.insert(ticket, OpenQuestion { id, asked: Asked::from(&question) });
                set(&self.counters.requests_open, self.questions.len());
                self.effects.push_back(Effect::Ask(ticket, question));
            }
        }
    }

    /// What the node says to an [`Effect::Ask`].
    pub fn answer(&mut self, ticket: u64, reply: &Reply) {
        if let Some(OpenQuestion { id, asked }) = self.questions.remove(&ticket) {
            set(&self.counters.requests_open, self.questions.len());
            self.send(questions::reply_line(&id, &asked, reply));
        }
    }

    fn notification(&mut self, method: &str, params: Option<&RawValue>) -> Result<(), &'static str> {
        match method {
            "credit" => {
                let Credit { events } = wire::params(params).map_err(|_| "bad params of credit")?;
                self.grant(events.0);
            }
            "log" => {
                let LogIn { level, message, fields } = wire::params(params).map_err(|_| "bad params of log")?;
                let level = LogLevel::read(&level).ok_or("an unknown log level")?;
                let fields = fields.filter(|fields| fields.get().len() <= MAX_LOG_BYTES);
                let fields = fields.map(|fields| fields.get().to_owned());
                self.effects.push_back(Effect::Log { level, message, fields });
            }
            "progress" => {
                let Progress { stage } = wire::params(params).map_err(|_| "bad params of progress")?;
                if matches!(self.stage, Stage::Started | Stage::Manifest) && stage.len() <= MAX_PROGRESS_BYTES {
                    self.effects.push_back(Effect::Progress(stage));
                }
            }
            _ => add(&self.counters.unknown_messages, 1),
        }
        Ok(())
    }

    fn grant(&mut self, events: u64) {
        let cap = MAX_EVENTS as u64;
        let granted = self.credit.saturating_add(events);
        self.credit = granted.min(cap);
        add(&self.counters.credit_over, granted - self.credit);
        set(&self.counters.credit, self.credit);
    }

    fn answered(&mut self, id: Option<u64>, outcome: Result<&RawValue, WireError>, now: Instant) {
        let Some(id) = id else {
            let why = outcome.err().map_or_else(String::new, |error| error.message);
            return self.log(LogLevel::Warn, format!("the plugin could not read a message: {why}"));
        };
        match self.open.remove(&id) {
            Some(Open::Manifest) => self.manifest(outcome),
            Some(Open::Init) => self.initialised(outcome, now),
            Some(Open::Ping) => self.pong(outcome),
            Some(Open::Shutdown) => {
                if let Err(error) = outcome {
                    self.log(LogLevel::Warn, format!("the plugin does not shut down: {}", error.message));
                    self.effects.push_back(Effect::Terminate);
                }
            }
            None if self.calls.answered(id, outcome) => {}
            None => add(&self.counters.stray_answers, 1),
        }
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

    /// The process is gone: whoever waits for it is told.
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

    /// Appends what may be sent now.
    pub fn fill(&mut self, chunk: &mut Vec<u8>, events: &Mutex<EventQueue>) {
        while chunk.len() < CHUNK_BYTES {
            let Some(line) = self.outbox.pop() else { break };
            chunk.extend_from_slice(&line);
        }
        set(&self.counters.outbox_messages, self.outbox.len());
        set(&self.counters.outbox_bytes, self.outbox.bytes());
        while chunk.len() < CHUNK_BYTES && self.credit > 0 && self.stage == Stage::Running && !self.over {
            // The node waits for this lock: it is held for one event, and nothing is written meanwhile.
            let next = events.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let line = match &next {
                None => break,
                Some(Outgoing::Lagged(missed)) => payloads::lagged_line(*missed, self.next_seq),
                Some(Outgoing::Event(event)) => payloads::event_line(event, self.next_seq),
            };
            // No event fails to be written: its parts are numbers and hex digits.
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

    /// What the host makes itself can always be written.
    fn send(&mut self, line: Result<Vec<u8>, serde_json::Error>) {
        if let Ok(line) = line
            && self.outbox.push(line).is_err()
        {
            self.die(Death::Stuck);
        }
    }

    fn log(&mut self, level: LogLevel, message: String) {
        self.effects.push_back(Effect::Log { level, message, fields: None });
    }

    fn die(&mut self, death: Death) {
        if !self.over {
            self.over = true;
            self.effects.push_back(Effect::Die(death));
        }
    }
}
