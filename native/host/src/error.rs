use std::error::Error;
use std::fmt;

use crate::wire::code;

/// -32603.
const INTERNAL_I16: i16 = -32_603;

/// Why a call of the plugin's API failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostError {
    /// No plugin is configured.
    Disabled,
    /// The plugin is starting, waiting for its restart, or disabled.
    NotRunning,
    /// The plugin is stopped or shutting down.
    ShuttingDown,
    /// Its manifest has no such method.
    UnknownMethod,
    /// Too many open calls, or too much output waits.
    Busy,
    /// The params do not fit into a line.
    TooLarge,
    /// No answer within [`crate::Limits::call_timeout`].
    Timeout,
    /// The plugin died before it answered. The call may have taken effect.
    PluginTerminated,
    /// The answer is not JSON.
    BadAnswer,
    /// The plugin answered with an error.
    Plugin {
        /// Its JSON-RPC code.
        code: i64,
        /// Text for a person.
        message: String,
        /// JSON text of `error.data`.
        data: Option<String>,
    },
}

impl HostError {
    /// The JSON-RPC code for the node's own RPC (docs/managed.md, "Errors").
    #[must_use]
    pub const fn code(&self) -> i64 {
        match self {
            Self::Disabled | Self::UnknownMethod => code::METHOD_NOT_FOUND,
            Self::NotRunning => code::NOT_READY,
            Self::ShuttingDown => code::SHUTTING_DOWN,
            Self::Busy => code::BUSY,
            Self::TooLarge => code::INVALID_PARAMS,
            Self::Timeout => code::UNAVAILABLE,
            Self::PluginTerminated => code::PLUGIN_TERMINATED,
            Self::BadAnswer => code::INTERNAL,
            Self::Plugin { code, .. } => *code,
        }
    }
}

impl HostError {
    /// The code for an RPC with 16-bit codes. A code of the plugin that does not fit becomes that of an internal error.
    #[must_use]
    pub fn code_i16(&self) -> i16 {
        i16::try_from(self.code()).unwrap_or(INTERNAL_I16)
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled => formatter.write_str("the AI network plugin is not configured"),
            Self::NotRunning => formatter.write_str("the AI network plugin is not running"),
            Self::ShuttingDown => formatter.write_str("the AI network plugin is shutting down"),
            Self::UnknownMethod => formatter.write_str("the AI network plugin has no such method"),
            Self::Busy => formatter.write_str("too many calls of the AI network plugin are open"),
            Self::TooLarge => formatter.write_str("the params are too large"),
            Self::Timeout => formatter.write_str("the AI network plugin did not answer in time"),
            Self::PluginTerminated => formatter.write_str("the AI network plugin ended before it answered"),
            Self::BadAnswer => formatter.write_str("the AI network plugin's answer can't be read"),
            Self::Plugin { message, .. } => formatter.write_str(message),
        }
    }
}

impl Error for HostError {}

/// The stage of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The process runs; `getmanifest` is not answered yet.
    Started,
    /// `init` is not answered yet.
    Manifest,
    /// The plugin is running.
    Running,
    /// The plugin is shutting down.
    Stopping,
}

/// Why a plugin's process ended or was killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Death {
    /// The process could not be started.
    NotStarted(String),
    /// The start exceeded its time limit, in silence or in total.
    StartTimeout(Stage),
    /// The manifest has another cookie than that of this start.
    WrongCookie,
    /// No common version of the protocol.
    WrongVersion,
    /// The answer to `getmanifest` or `init` is unreadable.
    BadAnswer(Stage),
    /// `getmanifest` or `init` was answered with an error.
    Refused {
        /// The stage of the start.
        stage: Stage,
        /// JSON-RPC code.
        code: i64,
        /// Text for a person.
        message: String,
    },
    /// 16 unreadable lines in a row.
    Faults,
    /// Three pings without an answer.
    Silent,
    /// The plugin does not read its input.
    Stuck,
    /// The plugin closed its standard output, or a pipe broke.
    Closed,
    /// The process ended by itself or was killed by another process.
    Exited {
        /// Its exit code, if it had one.
        code: Option<i32>,
        /// The signal that ended it, if one did.
        signal: Option<i32>,
    },
}

impl Death {
    /// A short name, for a label of a metric.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotStarted(_) => "not_started",
            Self::StartTimeout(_) => "start_timeout",
            Self::WrongCookie => "wrong_cookie",
            Self::WrongVersion => "wrong_version",
            Self::BadAnswer(_) => "bad_answer",
            Self::Refused { .. } => "refused",
            Self::Faults => "faults",
            Self::Silent => "silent",
            Self::Stuck => "stuck",
            Self::Closed => "closed",
            Self::Exited { .. } => "exited",
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(why) => write!(formatter, "it could not be started: {why}"),
            Self::StartTimeout(stage) => write!(formatter, "it did not start in time ({})", waited_for(*stage)),
            Self::WrongCookie => formatter.write_str("it gave back another cookie than it was given"),
            Self::WrongVersion => formatter.write_str("it speaks no version of the protocol that the host speaks"),
            Self::BadAnswer(stage) => write!(formatter, "its answer can't be read ({})", waited_for(*stage)),
            Self::Refused { stage, code, message } => {
                write!(formatter, "it answered with error {code} ({}): {message}", waited_for(*stage))
            }
            Self::Faults => formatter.write_str("it wrote too many lines in a row that are no messages"),
            Self::Silent => formatter.write_str("it did not answer to pings"),
            Self::Stuck => formatter.write_str("it does not read what it is answered"),
            Self::Closed => formatter.write_str("it closed its standard output"),
            // What a shell and `env` say, where a script's interpreter is meant: `#!/usr/bin/env node`.
            Self::Exited { code: Some(code @ (126 | 127)), .. } => {
                write!(
                    formatter,
                    "it ended with exit code {code}: a program that it needs, such as node, can't be found or run"
                )
            }
            Self::Exited { code: Some(code), .. } => write!(formatter, "it ended with exit code {code}"),
            Self::Exited { signal: Some(signal), .. } => write!(formatter, "signal {signal} ended it"),
            Self::Exited { .. } => formatter.write_str("it ended"),
        }
    }
}

const fn waited_for(stage: Stage) -> &'static str {
    match stage {
        Stage::Started => "getmanifest",
        Stage::Manifest => "init",
        Stage::Running => "running",
        Stage::Stopping => "shutdown",
    }
}
