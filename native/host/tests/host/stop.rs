//! Shutdown: asked for, insisted on, enforced.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use tos_ai_host::{DisabledReason, Host, HostError, ShutdownReport, Status, Stop};

use crate::stage::{PATIENCE, block, config, running, start, tip, until};

#[tokio::test]
async fn a_plugin_that_is_asked_to_stop_has_its_time() {
    let host = start("well-behaved");
    running(&host).await;
    let report = host.shutdown(PATIENCE).await;
    assert_eq!(report.stop, Stop::Clean);
    assert_eq!((host.status(), host.metrics().deaths), (Status::Stopped, 0));
    assert_eq!(host.call("ai_echo", json!({})).await, Err(HostError::ShuttingDown));
    host.enable();
    host.block(block(1));
    assert_eq!(host.shutdown(PATIENCE).await.stop, Stop::Clean, "asked again, it says the same");
    assert_eq!(host.metrics().starts, 1);
}

#[tokio::test]
async fn one_that_does_not_stop_is_terminated_and_then_killed() {
    for (personality, stop) in [
        ("ignores-shutdown", Stop::Terminated),
        ("only-input", Stop::Terminated),
        ("reads-nothing", Stop::Terminated),
        ("ignores-sigterm", Stop::Killed),
    ] {
        let (mut config, _) = config(personality);
        config.limits.terminate_wait = Duration::from_millis(if stop == Stop::Killed { 100 } else { 20_000 });
        let host = Host::start(config);
        running(&host).await;
        let report = host.shutdown(Duration::from_millis(100)).await;
        assert_eq!(report.stop, stop, "{personality}");
        assert!(report.took >= Duration::from_millis(100));
    }
}

#[tokio::test]
async fn one_that_is_still_starting_waits_to_start_again_or_is_disabled_stops_at_once() {
    let host = start("silent");
    assert_eq!(host.shutdown(PATIENCE).await.stop, Stop::Terminated);

    let host = start("hangs-in-init");
    until(&host, |status| matches!(status, Status::Starting { stage: tos_ai_host::Stage::Manifest, .. })).await;
    // It does not answer to anything any more; its input's end is enough.
    assert!(matches!(host.shutdown(Duration::from_millis(50)).await.stop, Stop::Clean | Stop::Terminated));

    let (mut config, _) = config("exits-at-once");
    config.limits.restart.first_wait = Duration::from_secs(3600);
    config.limits.restart.longest_wait = Duration::from_secs(3600);
    let host = Host::start(config);
    until(&host, |status| matches!(status, Status::Backoff { .. })).await;
    assert_eq!(host.shutdown(PATIENCE).await.stop, Stop::NotRunning);

    let host = start("disables");
    until(&host, |status| matches!(status, Status::Disabled(_))).await;
    assert_eq!(host.shutdown(PATIENCE).await.stop, Stop::NotRunning);
}

#[tokio::test]
async fn two_who_ask_get_the_same_answer_and_the_shorter_deadline_holds() {
    for patient_first in [false, true] {
        let host = start("ignores-shutdown");
        running(&host).await;
        let other = host.clone();
        let patient = tokio::spawn(async move { other.shutdown(Duration::from_secs(3600)).await.stop });
        if patient_first {
            until(&host, |status| *status == Status::Stopping).await;
        }
        let hasty = timeout(PATIENCE, host.shutdown(Duration::from_millis(10))).await.unwrap().stop;
        assert_eq!((patient.await.unwrap(), hasty), (Stop::Terminated, Stop::Terminated));
    }
}

#[tokio::test]
async fn a_node_that_waits_for_ever_if_need_be_says_so_with_the_longest_time_there_is() {
    let (mut config, _) = config("well-behaved");
    let limits = &mut config.limits;
    for limit in [
        &mut limits.start_timeout,
        &mut limits.longest_start,
        &mut limits.ping_interval,
        &mut limits.call_timeout,
        &mut limits.chain_timeout,
        &mut limits.terminate_wait,
        &mut limits.restart.longest_wait,
    ] {
        *limit = Duration::MAX;
    }
    let host = Host::start(config);
    running(&host).await;
    assert_eq!(host.call("ai_echo", json!(1)).await.unwrap().as_str(), "1");
    assert_eq!(host.shutdown(Duration::MAX).await.stop, Stop::Clean);
}

#[tokio::test]
async fn a_disabled_host_does_nothing_at_all() {
    let host = Host::disabled();
    host.block(block(1));
    host.rewound(1, tip(1));
    host.tip(tip(1));
    host.peers(&[]);
    host.enable();
    assert_eq!(host.call("ai_echo", json!({})).await, Err(HostError::Disabled));
    assert_eq!(host.status(), Status::Disabled(DisabledReason::NotConfigured));
    assert_eq!(host.metrics(), tos_ai_host::Metrics::default());
    assert!(host.watch().changed().await.is_err());
    let nothing = ShutdownReport { stop: Stop::NotRunning, took: Duration::ZERO };
    assert_eq!(host.shutdown(PATIENCE).await, nothing);
    assert_eq!(size_of_val(&host), 2 * size_of::<usize>());
}
