use std::future::{Future, poll_fn};
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc;
use tokio::sync::mpsc::WeakSender;
use tokio::time::sleep_until;

use crate::chain::Bytes32;
use crate::config::{HostConfig, LONGEST_WAIT};
use crate::config_check::CheckedPaths;
use crate::error::{Death, HostError, Stage};
use crate::follow::Follower;
use crate::hex;
use crate::life::Life;
use crate::log::{LogLevel, LogSource, Logger};
use crate::process::Process;
use crate::random::random;
use crate::restart::Restarts;
use crate::session::{PROTOCOL_MAX, Reply, Session, Setup};
use crate::shared::{Shared, ShutdownReport, Stop};
use crate::shutdown::Ended;
use crate::signing::{MAX_AUTHORS, SigningPolicy};
use crate::status::{DisabledReason, Status, add, set};

/// Looks at a chain that come faster would only be load.
const SHORTEST_FOLLOW: Duration = Duration::from_millis(10);

/// The clock of the host's thread.
pub fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Before the thread has done anything.
pub fn first_status() -> Status {
    Status::Starting { stage: Stage::Started, progress: None, since: SystemTime::now() }
}

/// Keeps a plugin running: what outlives its processes. It lives on the host's thread.
pub struct Supervisor {
    pub config: HostConfig,
    pub shared: Arc<Shared>,
    setup: Arc<Setup>,
    policy: SigningPolicy,
    logger: Logger,
    restarts: Restarts,
    wake: mpsc::Receiver<()>,
    /// All handles are gone: nobody is left to order anything.
    forsaken: bool,
    starting_since: SystemTime,
}

/// What ended a wait.
enum Waited {
    Over,
    Enabled,
    Stop,
}

impl Supervisor {
    pub fn new(config: HostConfig, paths: CheckedPaths, shared: Arc<Shared>, wake: mpsc::Receiver<()>) -> Self {
        let config = HostConfig { limits: config.limits.within_range_of_the_clock(), ..config };
        let now = now();
        let policy = SigningPolicy::new(config.signer.clone(), config.limits.signing, now);
        let logger = Logger::new(Arc::clone(&config.log), now);
        if policy.left_out() > 0 {
            let named = policy.left_out() + MAX_AUTHORS;
            let text =
                format!("the signer names {named} author keys: those after the first {MAX_AUTHORS} are not used");
            logger.host(LogLevel::Error, &text);
        }
        set(&shared.counters.keys_left_out, policy.left_out());
        let setup = Setup {
            network: config.network,
            genesis: config.genesis,
            data_dir: paths.data_dir,
            registry: config.registry,
            options: paths.options,
            node: config.node.clone(),
            node_key: policy.node().copied(),
            authors: policy.authors().to_vec(),
            fresh: policy.fresh().to_vec(),
            limits: config.limits.clone(),
        };
        Self {
            setup: Arc::new(setup),
            policy,
            logger,
            restarts: Restarts::new(config.limits.restart.clone()),
            config,
            shared,
            wake,
            forsaken: false,
            starting_since: SystemTime::now(),
        }
    }

    /// Until it is told to stop, or nobody holds the host any more.
    pub async fn run(&mut self) -> Stop {
        loop {
            let Ended { death, disabled, stop, ran, mut session } = self.live().await;
            let told_to_stop = self.is_told_to_stop();
            let mut until = None;
            if !told_to_stop {
                let next = match disabled {
                    Some(reason) => Err(self.leave_alone(reason)),
                    None => self.after(death.unwrap_or(Death::Closed), ran),
                };
                until = next.as_ref().ok().map(|(wait, _)| now() + *wait);
                self.shared.status.send_replace(next.map_or_else(Status::Disabled, |(wait, last)| Status::Backoff {
                    until: SystemTime::now() + wait,
                    last,
                }));
            }
            // Whoever hears now that a call ended sees why.
            session.iter_mut().for_each(Session::ended);
            if told_to_stop {
                return stop;
            }
            match self.wait(until).await {
                Waited::Stop => return Stop::NotRunning,
                Waited::Enabled => self.restarts.forgive(),
                Waited::Over => {}
            }
        }
    }

    /// One life.
    async fn live(&mut self) -> Ended {
        match self.start() {
            Ok((process, session)) => Life::new(self, process, session).run().await,
            Err(error) => Ended {
                death: Some(Death::NotStarted(error.to_string())),
                disabled: None,
                stop: Stop::NotRunning,
                ran: Duration::ZERO,
                session: None,
            },
        }
    }

    fn start(&mut self) -> io::Result<(Process, Session)> {
        add(&self.shared.counters.starts, 1);
        self.starting_since = SystemTime::now();
        self.starting(Stage::Started, None);
        let cookie = hex::encode(&random::<32>()?);
        let process = Process::start(&self.config, &cookie, PROTOCOL_MAX).map_err(|error| self.why_not(&error))?;
        let session = Session::new(Arc::clone(&self.setup), Arc::clone(&self.shared.counters), cookie, now());
        Ok((process, session))
    }

    /// The system's reason, and what it speaks of: "no such file" alone says neither which nor of whom.
    fn why_not(&self, error: &io::Error) -> io::Error {
        let HostConfig { command, current_dir, .. } = &self.config;
        let subject = match current_dir {
            Some(folder) if !folder.is_dir() => format!("current_dir {} is not a directory", folder.display()),
            _ => format!("the program {} can't be run", Path::new(command).display()),
        };
        io::Error::new(error.kind(), format!("{subject}: {error}"))
    }

    fn leave_alone(&self, reason: String) -> DisabledReason {
        self.log(LogLevel::Info, &format!("the plugin does not want to run: {reason}"));
        DisabledReason::Plugin(reason)
    }

    fn after(&mut self, death: Death, ran: Duration) -> Result<(Duration, Death), DisabledReason> {
        add(&self.shared.counters.deaths, 1);
        let [jitter] = random().unwrap_or([0]);
        let wait = self.restarts.died(now(), ran, jitter);
        match &wait {
            Some(wait) => {
                let wait = wait.as_millis();
                self.log(LogLevel::Warn, &format!("the plugin died: {death}; it starts again in {wait} ms"));
            }
            None => self.log(LogLevel::Error, &format!("the plugin died too often, the last time: {death}")),
        }
        wait.map(|wait| (wait, death.clone())).ok_or(DisabledReason::Breaker(death))
    }

    /// Until then, or for ever, or until it is enabled or told to stop.
    async fn wait(&mut self, until: Option<Instant>) -> Waited {
        let mut sleep = pin!(until.map(|until| sleep_until(until.into())));
        poll_fn(|context| {
            loop {
                let ordered = self.poll_orders(context);
                self.shared.refuse_calls(&HostError::NotRunning);
                let orders = self.shared.take_orders();
                if orders.shutdown.is_some() || self.forsaken {
                    return Poll::Ready(Waited::Stop);
                }
                if orders.enable && until.is_none() {
                    return Poll::Ready(Waited::Enabled);
                }
                if ordered.is_pending() {
                    break;
                }
            }
            match sleep.as_mut().as_pin_mut() {
                Some(sleep) => sleep.poll(context).map(|()| Waited::Over),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Whether something was ordered, or the last handle is gone; the latter is told once.
    pub fn poll_orders(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.forsaken {
            return Poll::Pending;
        }
        self.wake.poll_recv(context).map(|woken| self.forsaken = woken.is_none())
    }

    pub const fn is_forsaken(&self) -> bool {
        self.forsaken
    }

    fn is_told_to_stop(&self) -> bool {
        self.forsaken || self.shared.take_orders().shutdown.is_some()
    }

    pub fn starting(&self, stage: Stage, progress: Option<String>) {
        self.shared.status.send_replace(Status::Starting { stage, progress, since: self.starting_since });
    }

    pub fn log(&self, level: LogLevel, message: &str) {
        self.logger.host(level, message);
    }

    pub fn standard_error(&mut self, line: &[u8], now: Instant) {
        let text = String::from_utf8_lossy(line);
        self.plugin_log(now, LogLevel::Warn, LogSource::StandardError, &text, None);
    }

    pub fn plugin_log(
        &mut self,
        now: Instant,
        level: LogLevel,
        source: LogSource,
        message: &str,
        fields: Option<&str>,
    ) {
        let counters = &self.shared.counters;
        let handed_on = self.logger.plugin(now, level, source, message, fields);
        add(if handed_on { &counters.log_lines } else { &counters.log_dropped }, 1);
    }

    pub fn sign(&mut self, now: Instant, key: &Bytes32, message: &[u8]) -> Reply {
        let signed = self.policy.sign(now, key, message);
        let counters = &self.shared.counters;
        add(if signed.is_ok() { &counters.signatures } else { &counters.signatures_refused }, 1);
        match signed {
            Ok(signature) => Reply::Signature(signature),
            Err(refusal) => Reply::Refused(refusal),
        }
    }
}

/// The host's thread.
pub fn run(
    config: HostConfig,
    paths: CheckedPaths,
    shared: &Arc<Shared>,
    wake: mpsc::Receiver<()>,
    weak: WeakSender<()>,
) {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let stop = match runtime {
        Ok(runtime) => runtime.block_on(async {
            if let Some(every) = config.follow {
                let follower =
                    Follower::new(&config, every.clamp(SHORTEST_FOLLOW, LONGEST_WAIT), Arc::clone(shared), weak);
                // It ends with the runtime.
                tokio::spawn(follower.run());
            }
            Supervisor::new(config, paths, Arc::clone(shared), wake).run().await
        }),
        Err(_) => Stop::NotRunning,
    };
    set(&shared.counters.events_waiting, 0_u64);
    shared.end(ShutdownReport { stop, took: began.elapsed() });
}
