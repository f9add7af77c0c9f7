import { describe, expect, test } from "vitest";
import { encodeAddress } from "../../src/protocol/address.js";
import { fromHex } from "../../src/protocol/bytes.js";
import { AUTHOR, TASK } from "../support/control/fake-control.js";
import { serve, TestSocket } from "./serve.js";

const OTHER = "fe".repeat(32);

describe("methods of the sister documents", () => {
  test("ai_get_miner_stats answers from the set, by key or address", async () => {
    const { call } = await serve();
    const result = { miner: AUTHOR, submissions: 1, submissions_counted: 1, mean_score: 80, tasks_excluded: 0 };
    const address = encodeAddress(fromHex(AUTHOR, 32) as Uint8Array, 3);
    for (const miner of [AUTHOR, AUTHOR.toUpperCase(), address]) {
      expect(await call("ai_get_miner_stats", { miner })).toMatchObject({ result });
    }
    expect(await call("ai_get_miner_stats", { miner: OTHER })).toMatchObject({ result: { mean_score: null } });
    for (const miner of ["", "nobody", address.replace("tst", "tos"), "a".repeat(200)]) {
      const answer = await call("ai_get_miner_stats", { miner });
      expect(answer).toMatchObject({ error: { data: { code: "bad_parameters" } } });
    }
  });

  test("ai_get_fraud_alerts returns the alerts of all tasks or of one", async () => {
    const { call } = await serve();
    const alert = { kind: 2, equivocator: AUTHOR, proof: ["07".repeat(32), "08".repeat(32)], task_ids: [TASK] };
    expect(await call("ai_get_fraud_alerts")).toMatchObject({ result: { alerts: [alert] } });
    expect(await call("ai_get_fraud_alerts", { task_id: OTHER })).toMatchObject({ result: { alerts: [] } });
    expect(await call("ai_get_fraud_alerts", { limit: 0 })).toMatchObject({
      error: { data: { code: "bad_parameters" } },
    });
  });

  test("the answer on a task shows accepted submissions, evidence and what the task waits for", async () => {
    const { call } = await serve();
    expect(await call("ai_get_task_details", { task_id: TASK })).toMatchObject({
      result: {
        waits_for: "deadline",
        final: false,
        max_participants: 5,
        submissions: [{ accepted: true }],
        uncounted_submissions: [{ accepted: false, reason: "above_max_participants" }],
        alerts: [{ equivocator: AUTHOR }],
      },
    });
  });

  test("the answer on a peer shows the terms of its score, its last change, latency and features", async () => {
    const { call } = await serve();
    expect(await call("ai_get_peers")).toMatchObject({
      result: {
        peers: [
          {
            score: 0.51,
            reliability: 0.6,
            responsiveness: 0.5,
            data_quality: 0.4,
            interactions: 12,
            last_change: { reason: "bad_signature", at: 1_790_000_055 },
            latency_ms: 21,
            streams: { sync: "open", gossip: "waiting" },
            mesh_topics: 2,
            dropped: { signed: 3 },
            features: ["windows-plain"],
          },
        ],
      },
    });
  });

  test("subscriptions exist for new tasks and for every event of one task", async () => {
    const served = await serve();
    const socket = await TestSocket.open(served);
    expect(await socket.call(1, "ai_subscribe_new_tasks")).toMatchObject({
      result: { subscription: "task_published" },
    });
    const followed = await socket.call(2, "ai_subscribe_task_updates", { task_id: TASK.toUpperCase() });
    expect(followed).toMatchObject({ result: { subscription: `task:${TASK}` } });
    served.control.emit("task_published", { task_id: OTHER });
    expect(await socket.next()).toMatchObject({ id: 1, result: { event: "task_published", task_id: OTHER } });
    served.control.emit("task_status_changed", { task_id: OTHER });
    served.control.emit("author_excluded", { task_id: TASK });
    expect(await socket.next()).toMatchObject({ id: 2, result: { event: "author_excluded", task_id: TASK } });
    expect(await socket.call(3, "unsubscribe", { notify: `task:${TASK}` })).toMatchObject({ result: true });
    const again = await socket.call(4, "ai_subscribe_new_tasks");
    expect(again).toMatchObject({ error: { code: -2 } });
    for (const params of [{}, { task_id: "zz" }, { task_id: TASK, more: 1 }]) {
      expect(await socket.call(5, "ai_subscribe_task_updates", params)).toMatchObject({ error: {} });
    }
    for (const notify of ["task:", `task:${TASK}0`, "rewards"]) {
      const refused = await socket.call(6, "subscribe", { notify });
      expect(refused).toMatchObject({ error: { message: expect.stringContaining("task_published, task_cancelled") } });
    }
    for (const [method, params] of [
      ["subscribe", { notify: `task:${OTHER}` }],
      ["ai_subscribe_task_updates", { task_id: OTHER }],
    ] as const) {
      expect(await socket.call(7, method, params)).toMatchObject({ error: { data: { code: "not_found" } } });
    }
    expect(await served.call("ai_subscribe_new_tasks")).toMatchObject({
      error: { code: -32601, message: expect.stringContaining("WebSocket only") },
    });
  });
});

describe("metrics under the names of the sister documents", () => {
  test("metrics with the sister documents' names are computed from the node's counters and state", async () => {
    const { api, control } = await serve();
    api.metrics.count("peer_faults", "bad_signature", 2);
    api.metrics.count("failures", "storage_failed", 1);
    api.metrics.count("failures", "unexpected", 1);
    for (const label of ["task_announcement", "submission_announcement", "validation_announcement"]) {
      api.metrics.count("broadcasts", label, 1);
    }
    api.metrics.count("requests_out", "task", 3);
    api.metrics.count("responses_out", "ok", 4);
    api.metrics.count("responses_out", "busy", 1);
    api.metrics.count("responses_in", "unknown", 6);
    control.emit("task_published");
    control.emit("task_status_changed", { previous: "UnderValidation", status: "Completed", final: false });
    control.emit("task_status_changed", { previous: "Completed", status: "Completed", final: true });
    control.emit("author_excluded");
    control.emit("fraud_detected");
    control.emit("validation_completed", { seconds_after_submission: 400 });
    control.emit("validation_completed", { seconds_after_submission: null });
    const response = await fetch(`${api.url}/metrics`, { headers: { authorization: `Bearer ${api.token}` } });
    const text = await response.text();
    for (const line of [
      'tos_ai_sync_errors_total{kind="signature"} 2',
      'tos_ai_sync_errors_total{kind="storage"} 1',
      'tos_ai_sync_errors_total{kind="unexpected"} 1',
      'tos_ai_sync_broadcasts_total{label="task_announcement"} 1',
      'tos_ai_sync_broadcasts_total{label="submission_announcement"} 1',
      'tos_ai_sync_broadcasts_total{label="validation_announcement"} 1',
      'tos_ai_sync_sync_requests_total{request="task_sync"} 3',
      "tos_ai_sync_sync_responses_sent_total 5",
      "tos_ai_sync_sync_responses_received_total 6",
      "ai_tasks_published_total 1",
      "ai_tasks_completed_total 1",
      "ai_fraud_detected_total 1",
      'ai_validation_duration_seconds_bucket{le="300"} 0',
      'ai_validation_duration_seconds_bucket{le="900"} 1',
      "ai_validation_duration_seconds_count 1",
      "ai_active_miners 3",
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).not.toContain("ai_rewards_distributed_total");
  });
});
