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
    /// No plugin was running.
    NotRunning,
    /// The plugin answered `shutdown` and ended with exit code 0.
    Clean,
    /// The plugin ended by itself before it answered.
    Died,
    /// The plugin ended after its input was closed and SIGTERM was sent, because it was not running yet or exceeded the
    /// deadline.
    Terminated,
    /// SIGKILL ended the plugin.
    Killed,
    /// The process did not end in time after SIGKILL; the system reaps it later.
    Abandoned,
}

/// The result of [`crate::Host::shutdown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutdownReport {
    /// How the plugin stopped.
    pub stop: Stop,
    /// Duration of the shutdown.
    pub took: Duration,
}

/// State shared by the node's threads and the host's thread. Each lock is held for a few instructions, never across a
/// wait.
pub struct Shared {
    pub events: Mutex<EventQueue>,
    /// At most [`crate::MAX_CALLS`] calls. `None`: the host has ended.
    calls: Mutex<Option<VecDeque<Call>>>,
    orders: Mutex<Orders>,
    /// Requests a poll of the chain.
    pub look: Notify,
    /// All blocks emitted so far are unverified.
    reload: AtomicBool,
    pub counters: Arc<Counters>,
    pub status: watch::Sender<Status>,
    report: Mutex<Option<ShutdownReport>>,
}

/// Orders of the node to the host's thread.
#[derive(Clone, Copy, Default)]
pub struct Orders {
    pub enable: bool,
    /// Shut down within this time.
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
            // A host that could not be started is disabled, not shutting down.
            None if matches!(*self.status.borrow(), Status::Disabled(_)) => call.refuse(HostError::NotRunning),
            None => call.refuse(HostError::ShuttingDown),
        }
    }

    pub fn next_call(&self) -> Option<Call> {
        self.lock_calls().as_mut()?.pop_front()
    }

    /// Refuses all waiting calls.
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

    /// The shortest of several deadlines applies.
    pub fn order_shutdown(&self, deadline: Duration) {
        let deadline = deadline.min(LONGEST_WAIT);
        let mut orders = self.lock_orders();
        orders.shutdown = Some(orders.shutdown.map_or(deadline, |earlier| earlier.min(deadline)));
    }

    /// Returns the orders and clears the enable order.
    pub fn take_orders(&self) -> Orders {
        let mut orders = self.lock_orders();
        let taken = *orders;
        orders.enable = false;
        taken
    }

    pub fn report(&self) -> Option<ShutdownReport> {
        *self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host's thread ends: later events and calls are refused.
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
