import { expect, test } from "vitest";
import { ApiMetrics, LATENCY_LABELS, NODE_COUNTER_LABELS } from "../../src/api/metrics/index.js";
import { NOTABLE_MAX, NotableLog } from "../../src/api/metrics/notable-log.js";
import { COUNTER_LABELS } from "../../src/engine/metrics.js";
import { FakeControl } from "../support/control/fake-control.js";
import { FAKE_PEER } from "../support/control/fake-peer.js";

/** Most series of a node, whatever its peers do. */
const SERIES_MAX = 3000;

class CrowdedControl extends FakeControl {
  override peers() {
    return Array.from({ length: 1000 }, () => FAKE_PEER);
  }
}

test("a node with 1,000 peers that has counted every label has at most 3,000 series", async () => {
  const metrics = new ApiMetrics();
  for (const [name, labels] of Object.entries({ ...COUNTER_LABELS, ...NODE_COUNTER_LABELS })) {
    for (const label of labels) metrics.count(name, label, 1);
  }
  for (const label of LATENCY_LABELS.verification) metrics.observe("verification", label, 0.1);
  for (const label of LATENCY_LABELS.disk_write) metrics.observe("disk_write", label, 0.1);
  for (const label of LATENCY_LABELS.publish) metrics.observe("publish", label, 0.1);
  metrics.setBounds(Array.from({ length: 150 }, (_, i) => ({ name: `bound_${i}`, size: i, cap: i })));
  const text = await metrics.text(new CrowdedControl());
  const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(series.length).toBeGreaterThan(500);
  expect(series.length).toBeLessThanOrEqual(SERIES_MAX);
});

test("what was counted and measured is in /metrics and in the observations alike", async () => {
  const metrics = new ApiMetrics();
  metrics.count("bundles_in", "accept", 3);
  metrics.count("bundles_in", "accept", 2);
  metrics.count("chain_events", "rewound", 1);
  metrics.observe("verification", "native", 0.25);
  const { counters, latencies, notable, load } = metrics.observed();
  expect(counters).toEqual({ bundles_in: { accept: 5 }, chain_events: { rewound: 1 } });
  expect(latencies).toEqual([{ name: "verification", label: "native", count: 1, sumSeconds: 0.25 }]);
  expect(notable).toMatchObject([{ name: "chain_events", label: "rewound", times: 1 }]);
  expect(load.residentBytes).toBeGreaterThan(load.heapUsedBytes);
  const text = await metrics.text(new FakeControl());
  expect(text).toContain('tos_ai_sync_bundles_in_total{label="accept"} 5');
  expect(text).toContain('tos_ai_sync_verification_seconds_sum{label="native"} 0.25');
  expect(text).toContain('tos_ai_sync_peers_by_score{class="0.6"} 1');
  expect(text).toContain('tos_ai_sync_memory_bytes{kind="resident"}');
});

test("a process that is watched reports how late its event loop was, until the watch is stopped", async () => {
  const metrics = new ApiMetrics();
  const stop = metrics.attach(new FakeControl());
  await expect.poll(() => metrics.observed().load.loopDelay).toBeDefined();
  stop();
  expect(await metrics.text(new FakeControl())).toContain('tos_ai_sync_event_loop_delay_seconds{quantile="0.99"}');
});

test("equal notable counts within a minute are one row, and the oldest row leaves a full log", () => {
  let nowMs = 0;
  const log = new NotableLog(() => nowMs);
  for (let i = 0; i < 1000; i++) log.count("connections_refused", "rejected_bundles");
  log.count("bundles_in", "accept");
  expect(log.rows()).toEqual([{ atMs: 0, name: "connections_refused", label: "rejected_bundles", times: 1000 }]);
  for (let i = 0; i < NOTABLE_MAX; i++) {
    nowMs += 60_000;
    log.count("clock_steps", "back");
  }
  expect(log.rows()).toHaveLength(NOTABLE_MAX);
  expect(log.rows()[0]).toMatchObject({ name: "clock_steps", atMs: 60_000 });
});
