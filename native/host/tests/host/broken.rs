//! Each way in which a plugin may be broken ends in a typed fault, and never in the host.

use std::time::Duration;

use tos_ai_host::{Death, DisabledReason, Host, Stage, Status};

use crate::stage::{config, start, until};

/// Why the plugin is not started any more, after it was started again in vain.
async fn end_of(host: &Host) -> Death {
    match until(host, |status| matches!(status, Status::Disabled(_))).await {
        Status::Disabled(DisabledReason::Breaker(death)) => death,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_plugin_that_does_not_start_as_it_should_ends_in_the_breaker_with_its_reason() {
    let exited = |code| Death::Exited { code: Some(code), signal: None };
    let refused = Death::Refused { stage: Stage::Manifest, code: -32603, message: "the disk is full".into() };
    let cases = [
        ("exits-at-once", exited(1)),
        ("no-such-personality", exited(64)),
        ("wrong-cookie", Death::WrongCookie),
        ("refuses-cookie", Death::WrongCookie),
        ("wrong-version", Death::WrongVersion),
        ("refuses-version", Death::WrongVersion),
        ("bad-manifest", Death::BadAnswer(Stage::Started)),
        ("bad-methods", Death::BadAnswer(Stage::Started)),
        ("bad-init", Death::BadAnswer(Stage::Manifest)),
        ("refuses-init", refused),
        ("dies-in-init", exited(3)),
        ("half-line", exited(0)),
        ("garbage", Death::Faults),
        ("large-garbage", Death::Faults),
        ("asks-reads-nothing", Death::Stuck),
        ("closes-output", Death::Closed),
        ("leaves-child", exited(1)),
    ];
    for (personality, expected) in cases {
        let host = start(personality);
        assert_eq!(end_of(&host).await, expected, "{personality}");
        assert_eq!((host.metrics().starts, host.metrics().deaths), (3, 3), "{personality}");
    }
}

#[tokio::test]
async fn a_plugin_that_says_nothing_is_given_up_when_its_time_is_over() {
    for (personality, stage) in [("silent", Stage::Started), ("hangs-in-init", Stage::Manifest)] {
        let (mut config, _) = config(personality);
        config.limits.start_timeout = Duration::from_millis(100);
        assert_eq!(end_of(&Host::start(config)).await, Death::StartTimeout(stage));
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_a_fault_like_others() {
    let (mut config, lines) = config("");
    config.command = "/no/such/program".into();
    assert!(matches!(end_of(&Host::start(config)).await, Death::NotStarted(_)));
    assert!(lines.lock().unwrap().iter().any(|line| line.contains("could not be started")), "{lines:?}");
}
