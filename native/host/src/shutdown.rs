use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use crate::error::Death;
use crate::session::Session;
use crate::shared::Stop;

/// The end of a process.
pub struct Ended {
    pub death: Option<Death>,
    /// The plugin refused to run, with its reason.
    pub disabled: Option<String>,
    pub stop: Stop,
    /// Time in `running`, without the start.
    pub ran: Duration,
    /// The session with its open calls.
    pub session: Option<Session>,
}

/// The step of a shutdown. Each step has a deadline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shutdown {
    Alive,
    /// `shutdown` was sent, or the plugin answered `disable`.
    Asked,
    Terminated,
    Killed,
    Abandoned,
}

impl Shutdown {
    /// The result for a process that ended in this step.
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

/// The death of a process that ended by itself.
pub fn exited(status: Option<ExitStatus>) -> Death {
    Death::Exited { code: status.and_then(|status| status.code()), signal: status.and_then(|status| status.signal()) }
}
