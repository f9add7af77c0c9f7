//! The plugin's API through the host, and the host's answers to the plugin.

use serde_json::json;
use tos_ai_host::HostError;

use crate::stage::{ask, running, start};

#[tokio::test]
async fn calls_go_through_to_the_methods_of_the_manifest() {
    let host = start("well-behaved");
    assert_eq!(host.call("ai_echo", json!({})).await, Err(HostError::NotRunning));
    running(&host).await;
    assert_eq!(ask(&host, "ai_echo", json!({ "a": [1, "ü"] })).await, json!({ "a": [1, "ü"] }));
    assert_eq!(ask(&host, "ai_echo", json!(null)).await, json!(null));
    assert_eq!(host.call("get_info", json!({})).await, Err(HostError::UnknownMethod));
    let failed = HostError::Plugin {
        code: -32000,
        message: "it failed".into(),
        data: Some(r#"{"reason":"on_purpose"}"#.into()),
    };
    assert_eq!(host.call("ai_fail", json!({})).await, Err(failed));
}
