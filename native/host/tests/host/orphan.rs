//! A plugin does not outlive its node.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::stage::{PATIENCE, ask, running, start};

/// Set for the process that plays the node.
const NODE: &str = "TOS_AI_HOST_TEST_NODE";

fn is_gone(pid: i32) -> bool {
    // A zombie is dead: who reaps it is its parent's affair.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_err() || stat.is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")))
}

async fn until_gone(pid: i32) {
    let gone = async {
        while !is_gone(pid) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
}

/// The node of the test below: it says its plugin's number and waits to be killed.
#[tokio::test]
async fn node_that_is_killed() {
    let Some(personality) = std::env::var_os(NODE) else { return };
    let host = start(personality.to_str().unwrap());
    running(&host).await;
    println!("plugin {}", ask(&host, "ai_pid", json!({})).await);
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn when_the_node_is_killed_its_plugin_ends_with_its_input() {
    let mut node = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "orphan::node_that_is_killed", "--nocapture"])
        .env(NODE, "well-behaved")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(node.stdout.take().unwrap()).lines().map(Result::unwrap);
    let output = lines.find_map(|line| Some(line.split_once("plugin ")?.1.to_owned()));
    let plugin: i32 = output.unwrap().parse().unwrap();
    assert!(!is_gone(plugin));
    kill(Pid::from_raw(i32::try_from(node.id()).unwrap()), Signal::SIGKILL).unwrap();
    node.wait().unwrap();
    until_gone(plugin).await;
}

#[tokio::test]
async fn when_the_last_handle_is_dropped_the_plugin_ends() {
    for personality in ["well-behaved", "ignores-shutdown"] {
        let host = start(personality);
        running(&host).await;
        let plugin = i32::try_from(ask(&host, "ai_pid", json!({})).await.as_u64().unwrap()).unwrap();
        let clone = host.clone();
        drop(host);
        assert_eq!(ask(&clone, "ai_echo", json!(1)).await, json!(1));
        drop(clone);
        until_gone(plugin).await;
    }
}
