//! The plugin's API by name, for a node whose RPC registers its methods before the plugin runs.

/// Registers the methods of the plugin's API that read (docs/api.md). `NAME => expression` is evaluated once for each
/// of them, with a constant of that name:
///
/// ```
/// let mut names: Vec<&str> = Vec::new();
/// tos_ai_host::for_each_reading_method!(NAME => names.push(NAME));
/// assert!(names.contains(&"ai_get_network_info"));
/// ```
///
/// A closure in the expression that uses the constant captures nothing: it is a plain function to a registry of such.
#[macro_export]
macro_rules! for_each_reading_method {
    ($name:ident => $register:expr) => {
        $crate::__for_each! { $name => $register;
            "ai_get_network_info"
            "ai_get_peers"
            "ai_get_node_stats"
            "ai_get_task_details"
            "ai_get_fraud_alerts"
            "ai_get_miner_stats"
            "ai_get_submission"
            "ai_get_certificates"
            "ai_get_votes"
            "ai_get_reward_distribution"
            "ai_get_fraud_analysis"
            "ai_list_active_tasks"
            "ai_resolve_id"
            "ai_get_state_digest"
            "ai_sync_task"
        }
    };
}

/// Registers the methods of the plugin's API that sign and publish, as [`for_each_reading_method`] does the others.
/// Whoever may call them publishes in the name of the node's owner.
#[macro_export]
macro_rules! for_each_signing_method {
    ($name:ident => $register:expr) => {
        $crate::__for_each! { $name => $register;
            "ai_publish_task"
            "ai_submit_solution"
            "ai_validate_submission"
            "ai_cancel_task"
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __for_each {
    ($name:ident => $register:expr; $($method:literal)*) => {
        $({
            const $name: &str = $method;
            $register;
        })*
    };
}
