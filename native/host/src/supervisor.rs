use std::future::{Future, poll_fn};
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc;
use tokio::sync::mpsc::WeakSender;
use tokio::time::sleep_until;

use crate::config::{HostConfig, LONGEST_WAIT};
use crate::config_check::CheckedPaths;
use crate::context::{HostContext, now};
use crate::error::{Death, HostError, Stage};
use crate::follow::Follower;
use crate::hex;
use crate::life::Life;
use crate::log::LogLevel;
use crate::process::Process;
use crate::random::random;
use crate::restart::Restarts;
use crate::session::{PROTOCOL_MAX, Session, Setup};
use crate::shared::{Shared, ShutdownReport, Stop};
use crate::shutdown::Ended;
use crate::signing::MAX_AUTHORS;
use crate::status::{DisabledReason, Status, add, set};

/// The shortest interval of [`HostConfig::follow`].
const SHORTEST_FOLLOW: Duration = Duration::from_millis(10);

/// The status before the thread runs.
pub fn first_status() -> Status {
    Status::Starting { stage: Stage::Started, progress: None, since: SystemTime::now() }
}

/// Starts the plugin, waits for its end, and restarts it by the policy. It runs on the host's thread.
struct Supervisor {
    context: HostContext,
    setup: Arc<Setup>,
    restarts: Restarts,
}

/// Why a wait ended.
enum Waited {
    Over,
    Enabled,
    Stop,
}

impl Supervisor {
    fn new(config: HostConfig, paths: CheckedPaths, shared: Arc<Shared>, wake: mpsc::Receiver<()>) -> Self {
        let config = HostConfig { limits: config.limits.within_range_of_the_clock(), ..config };
        let context = HostContext::new(config, shared, wake);
        let HostContext { config, policy, .. } = &context;
        if policy.left_out() > 0 {
            let named = policy.left_out() + MAX_AUTHORS;
            let text =
                format!("the signer names {named} author keys: those after the first {MAX_AUTHORS} are not used");
            context.log(LogLevel::Error, &text);
        }
        set(&context.shared.counters.keys_left_out, policy.left_out());
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
        Self { setup: Arc::new(setup), restarts: Restarts::new(config.limits.restart.clone()), context }
    }

    /// Returns after a shutdown order, or after the last handle was dropped.
    async fn run(&mut self) -> Stop {
        loop {
            let Ended { death, disabled, stop, ran, mut session } = self.live().await;
            let must_stop = self.must_stop();
            let mut until = None;
            if !must_stop {
                let next = match disabled {
                    Some(reason) => Err(self.leave_alone(reason)),
                    None => self.after(death.unwrap_or(Death::Closed), ran),
                };
                until = next.as_ref().ok().map(|(wait, _)| now() + *wait);
                self.context.shared.status.send_replace(next.map_or_else(Status::Disabled, |(wait, last)| {
                    Status::Backoff { until: SystemTime::now() + wait, last }
                }));
            }
            // Open calls end after the status change, so that their callers see the reason in the status.
            session.iter_mut().for_each(Session::ended);
            if must_stop {
                return stop;
            }
            match self.wait(until).await {
                Waited::Stop => return Stop::NotRunning,
                Waited::Enabled => self.restarts.forgive(),
                Waited::Over => {}
            }
        }
    }

    /// Runs one process of the plugin.
    async fn live(&mut self) -> Ended {
        match self.start() {
            Ok((process, session)) => Life::new(&mut self.context, process, session).run().await,
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
        add(&self.context.shared.counters.starts, 1);
        self.context.starting_since = SystemTime::now();
        self.context.starting(Stage::Started, None);
        let cookie = hex::encode(&random::<32>()?);
        let process =
            Process::start(&self.context.config, &cookie, PROTOCOL_MAX).map_err(|error| self.why_not(&error))?;
        let session = Session::new(Arc::clone(&self.setup), Arc::clone(&self.context.shared.counters), cookie, now());
        Ok((process, session))
    }

    /// Adds the program or the folder to the system's error: "no such file" alone names neither.
    fn why_not(&self, error: &io::Error) -> io::Error {
        let HostConfig { command, current_dir, .. } = &self.context.config;
        let subject = match current_dir {
            Some(folder) if !folder.is_dir() => format!("current_dir {} is not a directory", folder.display()),
            _ => format!("the program {} can't be run", Path::new(command).display()),
        };
        io::Error::new(error.kind(), format!("{subject}: {error}"))
    }

    fn leave_alone(&self, reason: String) -> DisabledReason {
        self.context.log(LogLevel::Info, &format!("the plugin does not want to run: {reason}"));
        DisabledReason::Plugin(reason)
    }

    fn after(&mut self, death: Death, ran: Duration) -> Result<(Duration, Death), DisabledReason> {
        add(&self.context.shared.counters.deaths, 1);
        let [jitter] = random().unwrap_or([0]);
        let wait = self.restarts.died(now(), ran, jitter);
        match &wait {
            Some(wait) => {
                let wait = wait.as_millis();
                self.context.log(LogLevel::Warn, &format!("the plugin died: {death}; it starts again in {wait} ms"));
            }
            None => self.context.log(LogLevel::Error, &format!("the plugin died too often, the last time: {death}")),
        }
        wait.map(|wait| (wait, death.clone())).ok_or(DisabledReason::Breaker(death))
    }

    /// Waits until `until` (`None`: without end), an enable order, or a shutdown order.
    async fn wait(&mut self, until: Option<Instant>) -> Waited {
        let mut sleep = pin!(until.map(|until| sleep_until(until.into())));
        poll_fn(|context| {
            loop {
                let ordered = self.context.poll_orders(context);
                self.context.shared.refuse_calls(&HostError::NotRunning);
                let orders = self.context.shared.take_orders();
                if orders.shutdown.is_some() || self.context.is_forsaken() {
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

    fn must_stop(&self) -> bool {
        self.context.is_forsaken() || self.context.shared.take_orders().shutdown.is_some()
    }
}

/// The main function of the host's thread.
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
                // The task ends with the runtime.
                tokio::spawn(follower.run());
            }
            Supervisor::new(config, paths, Arc::clone(shared), wake).run().await
        }),
        Err(_) => Stop::NotRunning,
    };
    set(&shared.counters.events_waiting, 0_u64);
    shared.end(ShutdownReport { stop, took: began.elapsed() });
}
