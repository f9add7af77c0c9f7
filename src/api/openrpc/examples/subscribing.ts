import type { MethodExample } from "./example.js";
import { EXAMPLE_IDS } from "./ids.js";

/** Subscriptions and the document itself. The answers are those of a node. */
export const SUBSCRIBING_EXAMPLES = {
  "rpc.discover": {
    params: {},
    result: {
      openrpc: "1.3.2",
      info: {
        title: "tos-ai-sync",
        version: "0.1.0",
      },
      methods: [],
    },
    refused: {
      params: {
        format: "openrpc",
      },
      error: {
        code: -32602,
        message: "Unexpected parameters for this method",
      },
    },
  },
  subscribe: {
    params: {
      notify: "task_published",
      after: 0,
    },
    result: true,
    refused: {
      params: {
        notify: "task_publish",
      },
      error: {
        code: -32602,
        message:
          "Invalid params: notify: expected all, task:<id> or one of task_published, task_cancelled, submission_received, " +
          "validation_completed, task_status_changed, consensus_changed, submission_certified, author_excluded, fraud_detected",
        data: {
          kind: "serialization",
          code: "bad_parameters",
        },
      },
    },
  },
  unsubscribe: {
    params: {
      notify: "task_published",
    },
    result: true,
    refused: {
      params: {
        notify: "task_published",
      },
      error: {
        code: -1,
        message: "Event is not subscribed",
      },
    },
  },
  ai_subscribe_new_tasks: {
    params: {},
    result: {
      subscription: "task_published",
    },
    refused: {
      params: {
        after: 1000000,
      },
      error: {
        code: -2,
        message: "Event is already subscribed",
      },
    },
  },
  ai_subscribe_task_updates: {
    params: {
      task_id: EXAMPLE_IDS.task,
      after: 0,
    },
    result: {
      subscription: "task:7c0ffee000000000000000000000000000000000000000000000000000000001",
    },
    refused: {
      params: {
        task_id: "0000000000000000000000000000000000000000000000000000000000000000",
      },
      error: {
        code: -32012,
        message: "the node holds no record of this task: request it with ai_sync_task, or subscribe to task_published",
        data: { kind: "storage", code: "not_found" },
      },
    },
  },
} as const satisfies Readonly<Record<string, MethodExample>>;
