//! Deaths, restarts, the breaker, and lives that only look bad.

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tos_ai_host::{ConfigError, ConfigProblem, Death, DisabledReason, Host, HostError, RestartPolicy, Status, Stop};

use crate::stage::{ask, block, config, is_alone, running, start, until};

fn pid(host: &Host) -> Pid {
    match host.status() {
        Status::Running { plugin, .. } => Pid::from_raw(i32::try_from(plugin.pid).unwrap()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_plugin_that_was_killed_is_back_within_a_second() {
    let (mut config, _) = config("well-behaved");
    config.limits.restart = RestartPolicy::default();
    let host = Host::start(config);
    running(&host).await;
    let first = pid(&host);
    let killed = Instant::now();
    kill(first, Signal::SIGKILL).unwrap();
    let status = until(&host, |status| matches!(status, Status::Backoff { .. })).await;
    let expected = Death::Exited { code: None, signal: Some(9) };
    assert!(matches!(status, Status::Backoff { last, .. } if last == expected));
    running(&host).await;
    assert!(killed.elapsed() < Duration::from_secs(1), "{:?}", killed.elapsed());
    assert_ne!(pid(&host), first);
}

#[tokio::test]
async fn fifty_kills_lose_nothing_but_the_lives() {
    if !is_alone("life::fifty_kills_lose_nothing_but_the_lives") {
        return;
    }
    let (mut config, _) = config("well-behaved");
    config.limits.restart.breaker_deaths = 1000;
    config.limits.restart.longest_wait = Duration::from_millis(1);
    let host = Host::start(config);
    for life in 1..=50 {
        running(&host).await;
        host.block(block(life));
        assert_eq!(host.metrics().starts, life);
        kill(pid(&host), Signal::SIGKILL).unwrap();
        until(&host, |status| !matches!(status, Status::Running { .. })).await;
    }
    running(&host).await;
    assert_eq!((host.metrics().deaths, host.metrics().calls_open, host.metrics().requests_open), (50, 0, 0));
    // Some to each life, were they not closed.
    let open_files = std::fs::read_dir("/dev/fd").unwrap().count();
    assert!(open_files < 40, "{open_files}");
}

#[tokio::test]
async fn the_breaker_opens_and_somebody_may_close_it() {
    let (mut config, lines) = config("dies-of-events");
    config.limits.restart.breaker_deaths = 2;
    let host = Host::start(config);
    for _ in 0..2 {
        running(&host).await;
        (1..=10).for_each(|topoheight| host.block(block(topoheight)));
        until(&host, |status| !matches!(status, Status::Running { .. })).await;
    }
    let killed = Death::Exited { code: None, signal: Some(9) };
    let status = until(&host, |status| matches!(status, Status::Disabled(_))).await;
    assert_eq!(status, Status::Disabled(DisabledReason::Breaker(killed)));
    assert!(lines.lock().unwrap().iter().any(|line| line.contains("died too often")));
    host.block(block(1));
    assert_eq!(host.metrics().events_waiting, 0);
    host.enable();
    running(&host).await;
    host.enable();
    assert_eq!((host.metrics().starts, host.metrics().deaths), (3, 2));
    // Its deaths are forgotten: the next one is the first.
    (1..=10).for_each(|topoheight| host.block(block(topoheight)));
    until(&host, |status| !matches!(status, Status::Running { .. })).await;
    running(&host).await;
    assert_eq!((host.metrics().starts, host.metrics().deaths), (4, 3));
}

#[tokio::test]
async fn a_configuration_that_can_not_be_meant_starts_nothing_and_is_said_in_the_log() {
    let (mut config, lines) = config("well-behaved");
    config.data_dir = "/tmp/a\0b".into();
    let host = Host::start(config);
    let error = ConfigError { field: "data_dir", problem: ConfigProblem::ZeroByte };
    assert_eq!(host.status(), Status::Disabled(DisabledReason::Config(error)));
    assert_eq!(*lines.lock().unwrap(), ["Host Error HostConfig: data_dir contains a zero byte"]);
    assert_eq!(host.metrics().starts, 0);
    assert_eq!(host.call("ai_echo", json!({})).await, Err(HostError::NotRunning));
    let mut watch = host.watch();
    assert_eq!(host.shutdown(Duration::from_secs(1)).await.stop, Stop::NotRunning);
    assert_eq!(*watch.wait_for(|status| *status == Status::Stopped).await.unwrap(), Status::Stopped);
}

#[tokio::test]
async fn the_plugin_is_told_the_current_directory_where_the_node_has_none() {
    let (mut config, _) = config("well-behaved");
    config.data_dir = "".into();
    config.current_dir = Some("/".into());
    let host = Host::start(config);
    running(&host).await;
    let here = std::env::current_dir().unwrap();
    assert_eq!(ask(&host, "ai_received", json!({})).await["init"]["data_dir"], format!("{}/", here.display()));
}

#[tokio::test]
async fn a_program_or_a_folder_that_is_not_there_is_named() {
    for (command, folder, expected) in [
        ("no-such-program", None, "the program no-such-program can't be run: "),
        ("node", Some("/no/such/folder"), "current_dir /no/such/folder is not a directory: "),
    ] {
        let (mut config, _) = config("well-behaved");
        config.command = command.into();
        config.current_dir = folder.map(Into::into);
        let host = Host::start(config);
        let status = until(&host, |status| matches!(status, Status::Disabled(_))).await;
        let Status::Disabled(DisabledReason::Breaker(Death::NotStarted(why))) = status else { panic!("{status:?}") };
        assert!(why.starts_with(expected), "{why}");
    }
}

#[tokio::test]
async fn a_plugin_that_does_not_want_to_run_is_left_alone_until_it_is_enabled() {
    let host = start("disables");
    let reason = DisabledReason::Plugin("not on this network".into());
    for starts in 1..3 {
        let status = until(&host, |status| matches!(status, Status::Disabled(_))).await;
        assert_eq!((status, host.metrics().starts), (Status::Disabled(reason.clone()), starts));
        assert_eq!(host.metrics().deaths, 0);
        let mut watch = host.watch();
        watch.mark_unchanged();
        host.enable();
        watch.changed().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_only_odd_is_survived() {
    for (personality, seen) in [
        ("stray-prints", "faults"),
        ("some-garbage", "faults"),
        ("long-line", "faults"),
        ("absurd-credit", "faults"),
        ("stray-answers", "stray_answers"),
        ("floods-requests", "requests_refused"),
        ("floods-logs", "log_dropped"),
        ("floods-stderr", "log_dropped"),
        ("slow-start", "starts"),
    ] {
        let (config, lines) = config(personality);
        let host = Host::start(config);
        running(&host).await;
        let count = || host.metrics().all().into_iter().find(|(name, _)| *name == seen).unwrap().1;
        loop {
            host.block(block(1));
            assert_eq!(ask(&host, "ai_echo", json!(personality)).await, json!(personality));
            if count() > 0 {
                break;
            }
        }
        let metrics = host.metrics();
        assert_eq!(metrics.deaths, 0, "{personality}");
        assert!(metrics.credit <= 4096 && metrics.requests_open <= 64 && metrics.outbox_messages <= 1024);
        assert!(lines.lock().unwrap().len() < 2000, "{personality}");
    }
}

#[tokio::test]
async fn a_plugin_that_answers_every_third_ping_lives() {
    let (mut config, _) = config("late-pong");
    config.limits.ping_interval = Duration::from_millis(200);
    let host = Host::start(config);
    running(&host).await;
    while ask(&host, "ai_received", json!({})).await["pings"].as_u64().unwrap() < 7 {
        tokio::task::yield_now().await;
    }
    assert_eq!((host.metrics().deaths, host.metrics().plugin_ready), (0, 1));
}

#[tokio::test]
async fn a_line_that_never_ends_is_not_kept_and_ends_by_the_pings_it_does_not_answer() {
    let (mut config, _) = config("endless-line");
    config.limits.ping_interval = Duration::from_millis(50);
    let host = Host::start(config);
    let died = until(&host, |status| matches!(status, Status::Backoff { .. })).await;
    assert!(matches!(died, Status::Backoff { last: Death::Silent, .. }), "{died:?}");
}
