use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::error::HostError;
use crate::line::MAX_LINE_BYTES;
use crate::log::clean;
use crate::outbox::MAX_BYTES;
use crate::status::{Counters, Method, add};
use crate::wire::{self, WireError};

/// The most open calls: of the 64 requests of docs/managed.md, four are reserved for `init`, `ping` and `shutdown`.
pub const MAX_CALLS: u64 = 60;

/// The plugin's answer: JSON text of at most 4 MiB, to pass on or to parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer(String);

impl Answer {
    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The JSON text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// Parses the answer, for example as a [`serde_json::Value`]. An answer of megabytes takes milliseconds.
    ///
    /// # Errors
    /// The answer has another shape.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

/// A call to the plugin.
pub struct Call {
    pub method: String,
    pub params: Value,
    pub reply: oneshot::Sender<Result<Answer, HostError>>,
    pub place: Place,
}

impl Call {
    pub fn refuse(self, why: HostError) {
        let Self { reply, place, .. } = self;
        end(reply, place, Err(why));
    }
}

/// One of the places for open calls; dropping it releases the place.
pub struct Place(Arc<Counters>);

impl Place {
    pub fn take(counters: &Arc<Counters>) -> Option<Self> {
        let more = |open: u64| (open < MAX_CALLS).then_some(open + 1);
        match counters.calls_open.fetch_update(Ordering::AcqRel, Ordering::Acquire, more) {
            Ok(_) => Some(Self(Arc::clone(counters))),
            Err(_) => {
                add(&counters.calls_refused, 1);
                None
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.calls_open.fetch_sub(1, Ordering::AcqRel);
    }
}

struct OpenCall {
    reply: oneshot::Sender<Result<Answer, HostError>>,
    deadline: Instant,
    place: Place,
}

/// Releases the place before the caller gets the answer.
fn end(reply: oneshot::Sender<Result<Answer, HostError>>, place: Place, outcome: Result<Answer, HostError>) {
    drop(place);
    // The caller may have dropped its future.
    let _ = reply.send(outcome);
}

/// The open calls: at most [`MAX_CALLS`].
pub struct OpenCalls {
    counters: Arc<Counters>,
    methods: HashSet<String>,
    open: HashMap<u64, OpenCall>,
}

impl OpenCalls {
    pub fn new(counters: Arc<Counters>) -> Self {
        Self { counters, methods: HashSet::new(), open: HashMap::new() }
    }

    pub fn allow(&mut self, methods: &[Method]) {
        self.methods = methods.iter().map(|method| method.name.clone()).collect();
    }

    /// The line to send, if the call is allowed. `waiting`: bytes in the outbox.
    pub fn open(&mut self, id: u64, call: Call, deadline: Instant, waiting: usize) -> Option<Vec<u8>> {
        if call.reply.is_closed() {
            return None;
        }
        let refusal = if self.methods.contains(&call.method) {
            match wire::request(id, &call.method, &call.params) {
                Err(_) => HostError::TooLarge,
                Ok(line) if line.len() > MAX_LINE_BYTES => HostError::TooLarge,
                // Calls must leave room for answers in the outbox: a full outbox kills the plugin.
                Ok(line) if waiting + line.len() > MAX_BYTES / 2 => HostError::Busy,
                Ok(line) => {
                    add(&self.counters.calls, 1);
                    let Call { reply, place, .. } = call;
                    self.open.insert(id, OpenCall { reply, deadline, place });
                    return Some(line);
                }
            }
        } else {
            HostError::UnknownMethod
        };
        call.refuse(refusal);
        None
    }

    /// False: no call has this id.
    pub fn answered(&mut self, id: u64, outcome: Result<&RawValue, WireError>) -> bool {
        let Some(call) = self.open.remove(&id) else { return false };
        let answer = match outcome {
            Ok(result) => Ok(Answer(result.get().to_owned())),
            Err(WireError { code, message, data }) => {
                let message = clean(&message).into_owned();
                Err(HostError::Plugin { code, message, data: data.map(|data| data.0) })
            }
        };
        end(call.reply, call.place, answer);
        true
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.open.values().map(|call| call.deadline).min()
    }

    pub fn expire(&mut self, now: Instant) {
        for (_, call) in self.open.extract_if(|_, call| call.deadline <= now) {
            end(call.reply, call.place, Err(HostError::Timeout));
        }
    }

    /// Fails all open calls.
    pub fn end(&mut self) {
        for (_, call) in self.open.drain() {
            end(call.reply, call.place, Err(HostError::PluginTerminated));
        }
    }
}
