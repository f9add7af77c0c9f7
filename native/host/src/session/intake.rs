//! Input of the plugin: requests, notifications, answers and unreadable lines.

use std::time::Instant;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::questions::{self, Asked, Question, Reply};
use super::{Effect, Open, OpenQuestion, Session};
use crate::chain::ChainError;
use crate::error::{Death, Stage};
use crate::events::MAX_EVENTS;
use crate::line::Line;
use crate::log::{LogLevel, LogSource, MAX_LOG_BYTES, clean};
use crate::status::{add, set};
use crate::wire::{self, Integer, Message, WireError, WireId, code};

/// Unreadable lines in a row after which the plugin is killed (docs/managed.md, "Framing").
const MAX_FAULTS: u32 = 16;
/// The most open requests of the plugin (docs/managed.md, "Framing").
const MAX_REQUESTS: usize = 64;
/// The longest text of a progress message.
const MAX_PROGRESS_BYTES: usize = 256;
/// The most progress messages of a start, because a node may log each. A start has about ten steps.
pub(super) const PROGRESS_BURST: u32 = 50;
pub(super) const PROGRESS_PER_SECOND: u32 = 5;

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

impl Session {
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
            Message::Notification { method, params } => self.notification(&method, params, now)?,
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

    /// The node's answer to an [`Effect::Ask`].
    pub fn answer(&mut self, ticket: u64, reply: &Reply) {
        if let Some(OpenQuestion { id, asked }) = self.questions.remove(&ticket) {
            set(&self.counters.requests_open, self.questions.len());
            self.judge(&asked, reply);
            self.send(questions::reply_line(&id, &asked, reply));
        }
    }

    /// Counts unanswered questions. Logs the first invalid answer until a valid one follows.
    fn judge(&mut self, asked: &Asked, reply: &Reply) {
        match questions::unfit(asked, reply) {
            Some(why) => {
                add(&self.counters.answers_unfit, 1);
                if !std::mem::replace(&mut self.unfit_logged, true) {
                    self.log(
                        LogLevel::Error,
                        format!("the node's chain answered {why}: the plugin does not get this answer"),
                    );
                }
            }
            None if matches!(reply, Reply::Chain(ChainError::Unavailable)) => {
                add(&self.counters.requests_unanswered, 1);
            }
            None if matches!(reply, Reply::Blocks(_)) => self.unfit_logged = false,
            None => {}
        }
    }

    fn notification(&mut self, method: &str, params: Option<&RawValue>, now: Instant) -> Result<(), &'static str> {
        match method {
            "credit" => {
                let Credit { events } = wire::params(params).map_err(|_| "bad params of credit")?;
                self.grant(events.0);
            }
            "log" => {
                let LogIn { level, message, fields } = wire::params(params).map_err(|_| "bad params of log")?;
                let level = LogLevel::read(&level).ok_or("an unknown log level")?;
                let kept = fields.as_ref().filter(|fields| fields.get().len() <= MAX_LOG_BYTES);
                let kept = kept.map(|fields| fields.get().to_owned());
                let cut = message.len() > MAX_LOG_BYTES || kept.is_some() != fields.is_some();
                add(&self.counters.log_cut, u64::from(cut));
                let fields = kept;
                self.effects.push_back(Effect::Log { level, source: LogSource::Plugin, message, fields });
            }
            "progress" => {
                let Progress { stage } = wire::params(params).map_err(|_| "bad params of progress")?;
                let starting = matches!(self.stage, Stage::Started | Stage::Manifest);
                if starting && stage.len() <= MAX_PROGRESS_BYTES && self.progress.take(now) {
                    self.effects.push_back(Effect::Progress(clean(&stage).into_owned()));
                } else {
                    add(&self.counters.progress_dropped, u64::from(starting));
                }
            }
            _ => add(&self.counters.unknown_messages, 1),
        }
        Ok(())
    }

    pub(super) fn grant(&mut self, events: u64) {
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
}
