//! Events to a plugin that is quick, slow, or reads nothing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tos_ai_host::{Host, Status};

use crate::stage::{ask, block, config, is_alone, running, start, tip, until};

/// Asks until the plugin has received so many events and gaps.
async fn received(host: &Host, enough: impl Fn(&Value) -> bool) -> Value {
    loop {
        let received = ask(host, "ai_received", json!({})).await;
        if enough(&received) {
            return received;
        }
    }
}

#[tokio::test]
async fn every_event_arrives_in_order_at_a_plugin_that_keeps_up() {
    let host = start("well-behaved");
    running(&host).await;
    for topoheight in 1..=20_000 {
        // A node that is faster than any chain waits here, as a real one never has to.
        while host.metrics().events_waiting > 2_000 {
            tokio::task::yield_now().await;
        }
        host.block(block(topoheight));
    }
    host.rewound(10, tip(10));
    host.tip(tip(11));
    host.peers(&["127.0.0.1".parse().unwrap()]);
    let received = received(&host, |received| received["events"] == 20_003).await;
    assert_eq!((&received["blocks"], &received["gaps"], &received["missed"]), (&json!(20_000), &json!(0), &json!(0)));
    assert_eq!(received["last_topoheight"], 20_000);
    assert_eq!((host.metrics().events_sent, host.metrics().events_dropped), (20_003, 0));
}

#[tokio::test]
async fn without_credit_the_newest_4096_wait_and_the_plugin_is_told_what_it_missed() {
    let host = start("no-credit");
    running(&host).await;
    (1..=60_000).for_each(|topoheight| host.block(block(topoheight)));
    assert_eq!((host.metrics().events_waiting, host.metrics().events_dropped), (4096, 55_904));
    ask(&host, "ai_grant", json!({ "events": 3 })).await;
    let first = received(&host, |received| received["events"] == 3).await;
    assert_eq!((&first["missed"], &first["last_topoheight"]), (&json!(55_904), &json!(55_906)));
    ask(&host, "ai_grant", json!({ "events": 1_000_000 })).await;
    let all = received(&host, |received| received["blocks"] == 4096).await;
    assert_eq!((&all["gaps"], &all["last_topoheight"], &all["missed"]), (&json!(0), &json!(60_000), &json!(55_904)));
}

/// The plugin has the credit, and reads nothing: what it has not read is bounded by the pipe and the queue.
async fn feed_one_that_reads_nothing(events: u64, each_second: u64) {
    let (mut config, _) = config("reads-nothing");
    config.limits.ping_interval = Duration::from_secs(3600);
    let host = Host::start(config);
    running(&host).await;
    let before = memory_bytes();
    let began = Instant::now();
    let mut longest = Duration::ZERO;
    for topoheight in 1..=events {
        let due = began + Duration::from_nanos(topoheight * 1_000_000_000 / each_second);
        if let Some(early) =
            due.checked_duration_since(Instant::now()).filter(|early| *early > Duration::from_millis(1))
        {
            tokio::time::sleep(early).await;
        }
        let pushing = Instant::now();
        host.block(block(topoheight));
        longest = longest.max(pushing.elapsed());
    }
    let metrics = host.metrics();
    assert_eq!(metrics.events_waiting, 4096);
    assert!(metrics.events_sent <= 1024, "{metrics:?}");
    assert_eq!(metrics.events_sent + metrics.events_dropped + metrics.events_waiting, events);
    let grown = memory_bytes().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes");
    println!("{events} events: {grown} bytes more, the longest push took {longest:?}");
}

#[tokio::test]
async fn a_plugin_that_reads_nothing_costs_bounded_memory() {
    if !is_alone("events::a_plugin_that_reads_nothing_costs_bounded_memory") {
        return;
    }
    feed_one_that_reads_nothing(60_000, 1_000_000).await;
}

#[tokio::test]
#[ignore = "takes a minute: cargo test -p tos-ai-host -- --ignored"]
async fn a_plugin_that_reads_nothing_for_a_minute_costs_bounded_memory() {
    if !is_alone("events::a_plugin_that_reads_nothing_for_a_minute_costs_bounded_memory") {
        return;
    }
    feed_one_that_reads_nothing(60_000, 1_000).await;
}

#[tokio::test]
async fn a_plugin_that_reads_nothing_is_ended_by_its_pings_and_starts_again() {
    let (mut config, _) = config("reads-nothing");
    config.limits.ping_interval = Duration::from_millis(20);
    let host = Host::start(config);
    until(&host, |status| matches!(status, Status::Backoff { last: tos_ai_host::Death::Silent, .. })).await;
    running(&host).await;
}

#[tokio::test]
async fn events_between_two_lives_are_not_kept_the_next_begins_at_the_tip() {
    let host = start("no-credit");
    running(&host).await;
    (1..=10).for_each(|topoheight| host.block(block(topoheight)));
    assert!(host.call("ai_die", json!({})).await.is_err());
    running(&host).await;
    assert_eq!(host.metrics().events_waiting, 0);
    assert_eq!(ask(&host, "ai_received", json!({})).await["init"]["tip"]["topoheight"], 100);
}

/// What this process has in memory, where the system says it in this way.
fn memory_bytes() -> u64 {
    if !cfg!(target_os = "linux") {
        return 0;
    }
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
