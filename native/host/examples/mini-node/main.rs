//! A TOS node as small as it can be: a chain that makes blocks by the clock, and the plugin beside it.
//!
//! Several of them with the same `--seed`, `--genesis-ms` and `--block-ms` have the same chain. It is driven by lines
//! of JSON on standard input and answers by lines on standard output (`control.rs`); its log goes to standard error.

mod chain;
mod control;
mod keys;
mod options;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};
use tos_ai_host::{Host, HostConfig, Network, PluginOptions, ShutdownReport};

use chain::MiniChain;
use options::Options;

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("mini-node: {why}\n{}", options::USAGE);
            return ExitCode::from(64);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(run(options)),
        Err(error) => {
            eprintln!("mini-node: {error}");
            ExitCode::from(70)
        }
    }
}

async fn run(options: Options) -> ExitCode {
    let registered = if options.sign_in_host { keys::author_keys(&options) } else { Vec::new() };
    let chain = Arc::new(MiniChain::new(&options, registered));
    let host = match plugin(&options, &chain) {
        Ok(config) => Host::start(config),
        Err(why) => {
            eprintln!("mini-node: {why}");
            return ExitCode::from(64);
        }
    };
    let reports = tokio::spawn(control::tell(host.watch()));
    let mut control = control::Control::new();
    let Ok(mut terminated) = signal(SignalKind::terminate()) else { return ExitCode::from(70) };
    let mut blocks = interval(Duration::from_millis(options.block_ms.clamp(1, 1000)));
    blocks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = terminated.recv() => break,
            _ = blocks.tick() => {
                for block in chain.advance() {
                    host.block(block);
                    host.tip(chain.top());
                }
            }
            command = control.next() => match command {
                Some(command) => control::obey(command, &host, &chain),
                None => break,
            },
        }
    }
    let ShutdownReport { stop, took } = host.shutdown(Duration::from_secs(10)).await;
    let _ = reports.await;
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    control::say(&json!({ "event": "stopped", "stop": format!("{stop:?}"), "took_ms": took_ms }));
    ExitCode::SUCCESS
}

/// The node's events for the plugin.
fn plugin(options: &Options, chain: &Arc<MiniChain>) -> Result<HostConfig, String> {
    let mut config =
        HostConfig::new(options.data_dir.clone(), Network::Devnet, chain.genesis(), Arc::<MiniChain>::clone(chain));
    let mut words = options.plugin_command.split_whitespace();
    config.command = words.next().ok_or("the plugin's command is empty")?.into();
    config.args = words.map(Into::into).collect();
    config.registry = options.registry;
    config.options = PluginOptions {
        registry_file: options.registry_file.clone(),
        roster_file: options.roster_file.clone(),
        rules_file: options.rules_file.clone(),
        listen: Some(options.listen.clone()),
        bootstrap: Some(options.bootstrap.clone()),
        log_level: Some(options.log_level),
        ..PluginOptions::default()
    };
    if options.sign_in_host {
        config.signer = Some(Arc::new(keys::signer(options)?));
    }
    config.log = Arc::new(|record| {
        let fields = record.fields.unwrap_or_default();
        eprintln!("{} {:?}: {} {fields}", record.level.name(), record.source, record.message);
    });
    config.node = ("mini-node".into(), env!("CARGO_PKG_VERSION").into());
    Ok(config)
}
