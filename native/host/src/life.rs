use std::future::{Future, poll_fn};
use std::pin::pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use nix::sys::signal::Signal;
use tokio::time::sleep_until;

use crate::chain_queue::{Asker, ChainQueue};
use crate::context::{HostContext, now};
use crate::error::{Death, Stage};
use crate::line::{Line, LineReader, MAX_LINE_BYTES};
use crate::log::{LogLevel, MAX_LOG_BYTES};
use crate::pace::Pace;
use crate::process::{Io, Process};
use crate::session::{CHUNK_BYTES, Effect, Question, Reply, Session};
use crate::shutdown::{Ended, Shutdown, exited};
use crate::status::{PluginInfo, Status, add};

/// How long the rest of the output is read after a process ended or closed its output. Short, so that a killed plugin
/// runs again within a second.
const REST: Duration = Duration::from_millis(250);

enum Wake {
    Orders,
    Answer(Asker, Reply),
    Time,
    Process(Io),
}

/// One process of the plugin, from its start to its end.
pub struct Life<'a> {
    context: &'a mut HostContext,
    process: Process,
    session: Session,
    lines: LineReader,
    errors: LineReader,
    chunk: Vec<u8>,
    written: usize,
    orders_first: bool,
    /// The deadline passed, but another event was handled first.
    is_late: bool,
    pace: Pace,
    queue: ChainQueue,
    shutdown: Shutdown,
    /// The deadline of the current step of the shutdown.
    until: Option<Instant>,
    status: Option<ExitStatus>,
    death: Option<Death>,
    disabled: Option<String>,
    running_since: Option<Instant>,
}

impl<'a> Life<'a> {
    pub fn new(context: &'a mut HostContext, process: Process, session: Session) -> Self {
        let queue = ChainQueue::new(Arc::clone(&context.config.chain), context.config.limits.chain_timeout);
        Self {
            context,
            process,
            session,
            lines: LineReader::new(MAX_LINE_BYTES),
            errors: LineReader::new(MAX_LOG_BYTES + 1),
            chunk: Vec::new(),
            written: 0,
            orders_first: false,
            is_late: false,
            pace: Pace::new(now()),
            queue,
            shutdown: Shutdown::Alive,
            until: None,
            status: None,
            death: None,
            disabled: None,
            running_since: None,
        }
    }

    pub async fn run(mut self) -> Ended {
        self.orders();
        while !self.process.is_over() && self.shutdown != Shutdown::Abandoned {
            if self.written == self.chunk.len() {
                self.chunk.clear();
                self.chunk.shrink_to(2 * CHUNK_BYTES);
                self.written = 0;
                self.session.fill(&mut self.chunk, &self.context.shared.events);
            }
            match self.next().await {
                Wake::Orders => self.orders(),
                Wake::Answer(asker, reply) => self.answer(asker, &reply),
                Wake::Time => self.time(),
                Wake::Process(io) => self.process(io),
            }
            self.effects();
        }
        self.end()
    }

    async fn next(&mut self) -> Wake {
        let now = now();
        let due = [self.session.deadline(), self.until, self.pace.pause(now)].into_iter().flatten().min();
        let mut sleep = pin!(due.map(|due| sleep_until(due.into())));
        poll_fn(|context| {
            let is_due = sleep.as_mut().as_pin_mut().is_some_and(|sleep| sleep.poll(context).is_ready());
            if is_due && self.is_late {
                self.is_late = false;
                return Poll::Ready(Wake::Time);
            }
            // An event that is ready is handled before a passed deadline, once.
            match self.poll(context) {
                Poll::Pending if is_due => Poll::Ready(Wake::Time),
                wake => {
                    self.is_late = is_due;
                    wake
                }
            }
        })
        .await
    }

    /// Alternates the order: neither a flood of orders nor a flood of plugin output starves the other.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Wake> {
        self.orders_first = !self.orders_first;
        if self.orders_first && self.context.poll_orders(context).is_ready() {
            return Poll::Ready(Wake::Orders);
        }
        if let Poll::Ready((asker, reply)) = self.queue.poll(context) {
            return Poll::Ready(Wake::Answer(asker, reply));
        }
        let chunk = self.chunk.get(self.written..).unwrap_or_default();
        let listen = self.pace.pause(now()).is_none();
        if let Poll::Ready(io) = self.process.poll(context, chunk, listen) {
            return Poll::Ready(Wake::Process(io));
        }
        self.context.poll_orders(context).map(|()| Wake::Orders)
    }

    fn orders(&mut self) {
        let now = now();
        while let Some(call) = self.context.shared.next_call() {
            self.session.call(call, now);
        }
        let asked = self.context.shared.take_orders().shutdown;
        if self.shutdown != Shutdown::Alive || self.session.stage() == Stage::Stopping {
            if let (Shutdown::Asked, Some(deadline)) = (self.shutdown, asked) {
                // A second shutdown may have a shorter deadline.
                self.until = self.until.map(|until| until.min(now + deadline));
            }
            return;
        }
        if let Some(deadline) = asked {
            self.context.shared.status.send_replace(Status::Stopping);
            self.context.shared.events().close();
            if self.session.shutdown(deadline) { self.go_to(Shutdown::Asked, deadline) } else { self.terminate() }
        } else if self.context.is_forsaken() {
            self.session.shutdown(Duration::ZERO);
            self.terminate();
        }
    }

    fn process(&mut self, io: Io) {
        let now = now();
        match io {
            Io::Took(bytes) => {
                self.written += bytes;
                self.session.bytes_moved(now);
            }
            Io::Stdout(0) | Io::StdinClosed => {
                self.chunk.clear();
                self.written = 0;
                self.leave();
            }
            Io::Stdout(bytes) => {
                self.session.bytes_moved(now);
                self.pace.count(now, self.process.read(bytes));
                let session = &mut self.session;
                self.lines.push(self.process.read(bytes), |line| session.line(&line, now));
            }
            Io::Stderr(0) => {
                if let Some(rest) = self.errors.rest() {
                    self.context.standard_error(&rest, now);
                }
            }
            Io::Stderr(bytes) => {
                self.pace.count(now, self.process.read(bytes));
                let host = &mut *self.context;
                self.errors.push(self.process.read(bytes), |line| match line {
                    Line::Whole(text) => host.standard_error(text, now),
                    Line::TooLong(text) => {
                        add(&host.shared.counters.log_cut, 1);
                        host.standard_error(text, now);
                    }
                });
            }
            Io::Exited(status) => {
                self.status = status;
                self.leave();
            }
        }
    }

    fn effects(&mut self) {
        while let Some(effect) = self.session.effect() {
            match effect {
                Effect::Prepare(wanted) => {
                    // The queue opens before the tip is read: an event may arrive twice, but none is lost.
                    self.context.shared.events().open(wanted);
                    self.context.starting(Stage::Manifest, None);
                    self.ask(Asker::Init, Question::Tip);
                }
                Effect::Ask(ticket, question) => self.ask(Asker::Plugin(ticket), question),
                Effect::Progress(progress) => self.context.starting(self.session.stage(), Some(progress)),
                Effect::Ready(plugin) => self.ready(*plugin),
                Effect::Log { level, source, message, fields } => {
                    self.context.plugin_log(now(), level, source, &message, fields.as_deref());
                }
                Effect::Disable(reason) => {
                    self.disabled = Some(reason);
                    self.go_to(Shutdown::Asked, self.context.config.limits.terminate_wait);
                }
                Effect::Terminate => self.terminate(),
                Effect::Die(death) => {
                    self.death = Some(death);
                    self.kill();
                }
            }
        }
    }

    fn ready(&mut self, plugin: PluginInfo) {
        self.running_since = Some(now());
        let plugin = PluginInfo { pid: self.process.pid, ..plugin };
        self.context.log(LogLevel::Info, &format!("the plugin runs: {} {}", plugin.name, plugin.version));
        self.context.shared.status.send_replace(Status::Running { plugin, since: SystemTime::now() });
    }

    fn ask(&mut self, asker: Asker, question: Question) {
        if let Question::Sign { key, message } = question {
            let reply = self.context.sign(now(), &key, &message);
            return self.answer(asker, &reply);
        }
        self.queue.ask(asker, question);
    }

    fn answer(&mut self, asker: Asker, reply: &Reply) {
        match (asker, reply) {
            (Asker::Plugin(ticket), reply) => self.session.answer(ticket, reply),
            (Asker::Init, Reply::Tip(tip)) => self.session.prepared(Some(tip), now()),
            (Asker::Init, _) => self.session.prepared(None, now()),
        }
    }

    fn time(&mut self) {
        let now = now();
        self.session.tick(now);
        if self.until.is_some_and(|until| until <= now) {
            match self.shutdown {
                Shutdown::Alive => {
                    if !self.process.has_exited() {
                        self.death = Some(Death::Closed);
                    }
                    self.kill();
                }
                Shutdown::Asked => self.terminate(),
                Shutdown::Terminated => self.kill(),
                Shutdown::Killed | Shutdown::Abandoned => self.go_to(Shutdown::Abandoned, Duration::ZERO),
            }
        }
    }

    /// The process ended or closed a pipe: its remaining output is read for [`REST`].
    fn leave(&mut self) {
        if self.shutdown == Shutdown::Alive && self.until.is_none() {
            self.until = Some(now() + REST);
        } else if self.process.has_exited() {
            // Another process still holds the pipes open.
            self.until = self.until.map(|until| until.min(now() + REST));
        }
    }

    fn terminate(&mut self) {
        self.process.close_input();
        self.process.signal(Signal::SIGTERM);
        self.go_to(Shutdown::Terminated, self.context.config.limits.terminate_wait);
    }

    fn kill(&mut self) {
        self.process.close_input();
        self.process.signal(Signal::SIGKILL);
        self.go_to(Shutdown::Killed, self.context.config.limits.terminate_wait);
    }

    fn go_to(&mut self, shutdown: Shutdown, wait: Duration) {
        if shutdown >= self.shutdown {
            self.shutdown = shutdown;
            self.until = Some(now() + wait);
        }
    }

    fn end(mut self) -> Ended {
        self.context.shared.events().close();
        let stopping = self.session.stage() == Stage::Stopping;
        if self.lines.rest().is_some() && !stopping {
            add(&self.context.shared.counters.faults, 1);
        }
        let death = self.death.take().unwrap_or_else(|| exited(self.status));
        Ended {
            death: (!stopping && self.disabled.is_none()).then_some(death),
            disabled: self.disabled.take(),
            stop: self.shutdown.stop(self.status),
            ran: self.running_since.map_or(Duration::ZERO, |since| now().duration_since(since)),
            session: Some(self.session),
        }
    }
}
