import type { MethodExample } from "./example.js";
import { EXAMPLE_IDS } from "./ids.js";

/** The methods that read alerts, counts and digests, and the request for records. The answers are those of a node. */
export const COUNTS_EXAMPLES = {
  ai_get_fraud_alerts: {
    params: {
      limit: 10,
    },
    result: {
      alerts: [],
    },
    refused: {
      params: {
        limit: 1000,
      },
      error: {
        code: -32602,
        message: "Invalid params: limit: Too big: expected number to be <=200",
        data: {
          kind: "serialization",
          code: "bad_parameters",
        },
      },
    },
  },
  ai_get_miner_stats: {
    params: {
      miner: EXAMPLE_IDS.author,
    },
    result: {
      miner: EXAMPLE_IDS.author,
      tasks_published: 2,
      submissions: 0,
      submissions_counted: 0,
      submissions_reached: 0,
      submissions_scored: 0,
      mean_score: null,
      validations: 0,
      validations_counted: 0,
      validations_unknown: 0,
      tasks_excluded: 0,
      first_seen: 1796054005,
      last_seen: 1796054006,
    },
    refused: {
      params: {
        miner: "nobody",
      },
      error: {
        code: -32602,
        message: "Invalid params: miner: expected 64 hex digits or an address of this network",
        data: {
          kind: "serialization",
          code: "bad_parameters",
        },
      },
    },
  },
  ai_get_node_stats: {
    params: {},
    result: {
      at_ms: 1796054006120,
      counters: {
        bundles_in: { accept: 3 },
        records_in: { new: 4 },
      },
      bounds: [{ name: "known_ids", size: 4, cap: 1000000 }],
      latencies: [{ name: "verification", label: "native", count: 3, sum_seconds: 0.0021 }],
      load: {
        cpu_seconds: 1.42,
        resident_bytes: 182452224,
        heap_used_bytes: 40894464,
        gc_seconds: 0.031,
        loop_delay: { p50_ms: 0.1, p99_ms: 2.4, max_ms: 9.8 },
      },
      peer_scores: { "0.2": 0, "0.4": 0, "0.6": 1, "0.8": 0, "1.0": 0 },
      notable: [],
    },
    refused: {
      params: {
        since: 1,
      },
      error: {
        code: -32602,
        message: "Unexpected parameters for this method",
      },
    },
  },
  ai_get_state_digest: {
    params: {},
    result: {
      at: 1796053980,
      digest: "8e1360f2f899873dc545bc307f29e3e3799a17695f4aeafbabcdd62c26fdb622",
      registry_digest: "0000000000000000000000000000000000000000000000000000000000000000",
      registry_time: "18446744073709551615",
      strands: 6,
      tasks: 2,
      records: 4,
    },
    refused: {
      params: {
        at: 61,
      },
      error: {
        code: -32602,
        message: "Invalid params: at: expected a multiple of 60",
        data: {
          kind: "serialization",
          code: "bad_parameters",
        },
      },
    },
  },
  ai_sync_task: {
    params: {
      task_id: EXAMPLE_IDS.task,
    },
    result: {
      task_id: EXAMPLE_IDS.task,
      requested: true,
    },
    refused: {
      params: {},
      error: {
        code: -32602,
        message: "Invalid params: task_id: Invalid input: expected string, received undefined",
        data: {
          kind: "serialization",
          code: "bad_parameters",
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, MethodExample>>;
