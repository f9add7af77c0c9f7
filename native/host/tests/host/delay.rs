//! The node's event loop is not delayed by the plugin's output.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tos_ai_host::Host;

use crate::stage::{block, config, running};

/// What the node's loop may be late by because of the plugin.
const ALLOWED: Duration = Duration::from_millis(5);
const ATTEMPTS: u32 = 5;
/// The duration of each flood.
const FLOOD: Duration = Duration::from_millis(400);

/// Beats once a millisecond on a loop that also hands over blocks, if there is a host. How late 95 of 100 beats were at
/// most.
async fn heartbeat(host: Option<Host>) -> Duration {
    let mut late = Vec::new();
    let began = Instant::now();
    let mut topoheight = 0;
    while began.elapsed() < FLOOD {
        let asleep = Instant::now();
        tokio::time::sleep(Duration::from_millis(1)).await;
        // The timer's own grain is a millisecond.
        late.push(asleep.elapsed().saturating_sub(Duration::from_millis(2)));
        if let Some(host) = &host {
            for _ in 0..10 {
                topoheight += 1;
                host.block(block(topoheight));
            }
            let _ = (host.status(), host.metrics());
        }
    }
    late.sort();
    late[late.len() * 95 / 100]
}

/// On a thread and a loop of its own.
fn beating(host: Option<Host>) -> JoinHandle<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || runtime.block_on(heartbeat(host)))
}

#[tokio::test]
async fn floods_do_not_hold_up_the_nodes_loop() {
    for personality in ["garbage", "large-garbage", "endless-line", "floods-logs", "floods-requests", "floods-stderr"] {
        let (mut config, _) = config(personality);
        config.limits.restart.breaker_deaths = 10_000;
        config.limits.restart.longest_wait = Duration::from_millis(5);
        let host = Host::start(config);
        running(&host).await;
        // A busy machine makes loops late too: one without a host says by how much, and what is late for another reason
        // is not late every time.
        let in_time = (0..ATTEMPTS).any(|_| {
            let (node, machine) = (beating(Some(host.clone())), beating(None));
            let (node, machine) = (node.join().unwrap(), machine.join().unwrap());
            println!("{personality}: 95 of 100 beats late by at most {node:?}, without a host {machine:?}");
            node <= machine + ALLOWED
        });
        assert!(in_time, "{personality}");
    }
}

#[tokio::test]
async fn handing_over_an_event_never_waits_for_the_plugin() {
    let (config, _) = config("large-garbage");
    let host = Host::start(config);
    running(&host).await;
    let stop = Arc::new(AtomicBool::new(false));
    let pushers: Vec<_> = (0..2)
        .map(|_| {
            let (host, stop) = (host.clone(), Arc::clone(&stop));
            std::thread::spawn(move || {
                let mut taken = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    host.block(block(1));
                    taken.push(began.elapsed());
                }
                taken.sort();
                taken
            })
        })
        .collect();
    tokio::time::sleep(FLOOD).await;
    stop.store(true, Ordering::Relaxed);
    for pusher in pushers {
        let taken = pusher.join().unwrap();
        let most = taken[taken.len() * 999 / 1000];
        assert!(most <= Duration::from_millis(1), "{most:?}");
    }
}

#[tokio::test]
async fn a_flood_is_read_no_faster_than_the_node_wants_to_pay_for() {
    for personality in ["floods-logs", "floods-stderr"] {
        let (config, _) = config(personality);
        let began = Instant::now();
        let host = Host::start(config);
        running(&host).await;
        tokio::time::sleep(FLOOD).await;
        let metrics = host.metrics();
        // 5,000 lines in a tenth of a second, and at most what the last read of each brought: a pipe full of short
        // lines.
        let windows = u64::try_from(began.elapsed().as_millis()).unwrap() / 100 + 1;
        let lines = metrics.log_lines + metrics.log_dropped;
        assert!(lines <= windows * (5_000 + 65_536 / 7), "{personality}: {lines} lines in {windows} windows");
        println!("{personality}: {lines} lines in {windows} windows");
    }
}
