use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use crate::error::Death;
use crate::session::Session;
use crate::shared::Stop;

/// How a life ended.
pub struct Ended {
    pub death: Option<Death>,
    /// The plugin does not want to run.
    pub disabled: Option<String>,
    pub stop: Stop,
    /// How long it was running, not merely starting.
    pub ran: Duration,
    /// What it leaves open.
    pub session: Option<Session>,
}

/// How far the end of a process has come. Each step has its time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shutdown {
    Alive,
    /// It was asked to stop, or said that it does.
    Asked,
    Terminated,
    Killed,
    Abandoned,
}

impl Shutdown {
    /// How a plugin stopped that was brought so far.
    pub fn stop(self, status: Option<ExitStatus>) -> Stop {
        match self {
            Self::Asked if status.is_some_and(|status| status.success()) => Stop::Clean,
            Self::Alive | Self::Asked => Stop::Died,
            Self::Terminated => Stop::Terminated,
            Self::Killed => Stop::Killed,
            Self::Abandoned => Stop::Abandoned,
        }
    }
}

/// A process that ended by itself.
pub fn exited(status: Option<ExitStatus>) -> Death {
    Death::Exited { code: status.and_then(|status| status.code()), signal: status.and_then(|status| status.signal()) }
}
