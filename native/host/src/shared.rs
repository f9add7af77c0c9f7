use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::config::LONGEST_WAIT;
use crate::error::HostError;
use crate::events::EventQueue;
use crate::session::Call;
use crate::status::{Counters, Status};

/// How a plugin stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// None was running.
    NotRunning,
    /// It said that all is on the disk and ended with exit code 0.
    Clean,
    /// It ended by itself, otherwise than it should.
    Died,
    /// It ended when its input was closed and SIGTERM was sent: it was not ready to be asked, or not done by the deadline.
    Terminated,
    /// SIGKILL ended it.
    Killed,
    /// It did not even end of SIGKILL within the time that SIGTERM has; the system will reap it.
    Abandoned,
}

/// What happened at [`crate::Host::shutdown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutdownReport {
    /// How the plugin stopped.
    pub stop: Stop,
    /// How long it took.
    pub took: Duration,
}

/// What the node's threads and the host's thread both see. Each lock is held for some instructions, never across a wait.
pub struct Shared {
    pub events: Mutex<EventQueue>,
    /// At most [`crate::MAX_CALLS`]: each holds a place. Nothing: the host has ended.
    calls: Mutex<Option<VecDeque<Call>>>,
    orders: Mutex<Orders>,
    /// Somebody wants the chain to be looked at.
    pub look: Notify,
    /// All blocks emitted so far are unverified.
    reload: AtomicBool,
    pub counters: Arc<Counters>,
    pub status: watch::Sender<Status>,
    report: Mutex<Option<ShutdownReport>>,
}

/// What the node wants of the host's thread.
#[derive(Clone, Copy, Default)]
pub struct Orders {
    pub enable: bool,
    /// Stop within this time.
    pub shutdown: Option<Duration>,
}

impl Shared {
    pub fn new(status: Status) -> Self {
        Self {
            events: Mutex::default(),
            calls: Mutex::new(Some(VecDeque::new())),
            orders: Mutex::default(),
            look: Notify::new(),
            reload: AtomicBool::new(false),
            counters: Arc::default(),
            status: watch::Sender::new(status),
            report: Mutex::default(),
        }
    }

    pub fn events(&self) -> MutexGuard<'_, EventQueue> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn push_call(&self, call: Call) {
        match self.lock_calls().as_mut() {
            Some(calls) => calls.push_back(call),
            // A host that could not be started never ran, and so does not shut down.
            None if matches!(*self.status.borrow(), Status::Disabled(_)) => call.refuse(HostError::NotRunning),
            None => call.refuse(HostError::ShuttingDown),
        }
    }

    pub fn next_call(&self) -> Option<Call> {
        self.lock_calls().as_mut()?.pop_front()
    }

    /// Refuses all calls that wait.
    pub fn refuse_calls(&self, why: &HostError) {
        while let Some(call) = self.next_call() {
            call.refuse(why.clone());
        }
    }

    pub fn order_reload(&self) {
        self.reload.store(true, Ordering::Release);
    }

    pub fn take_reload(&self) -> bool {
        self.reload.swap(false, Ordering::AcqRel)
    }

    pub fn order_enable(&self) {
        self.lock_orders().enable = true;
    }

    /// Of several deadlines the shortest holds.
    pub fn order_shutdown(&self, deadline: Duration) {
        let deadline = deadline.min(LONGEST_WAIT);
        let mut orders = self.lock_orders();
        orders.shutdown = Some(orders.shutdown.map_or(deadline, |earlier| earlier.min(deadline)));
    }

    /// What is wanted; the wish to be enabled is forgotten with it.
    pub fn take_orders(&self) -> Orders {
        let mut orders = self.lock_orders();
        let taken = *orders;
        orders.enable = false;
        taken
    }

    pub fn report(&self) -> Option<ShutdownReport> {
        *self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host's thread ends: nothing that comes from now on waits for it.
    pub fn end(&self, report: ShutdownReport) {
        self.events().close();
        let calls = self.lock_calls().take();
        for call in calls.into_iter().flatten() {
            call.refuse(HostError::ShuttingDown);
        }
        self.report.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(report);
        self.status.send_replace(Status::Stopped);
    }

    fn lock_calls(&self) -> MutexGuard<'_, Option<VecDeque<Call>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
