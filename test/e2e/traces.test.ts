import { join } from "node:path";
import * as api from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TracingApi } from "../../src/index.js";
import { startStandalone } from "../../src/plugin/index.js";
import { codeTask, LocalNode } from "../support/local-node.js";
import { scratchDirectory } from "../support/scratch.js";

/** The trace of the stored bundle that came by `source`: each span with the span that it is part of. */
function traceOf(exporter: InMemorySpanExporter, source: string): string[] {
  const spans = exporter.getFinishedSpans();
  const traceOfSpan = (span: ReadableSpan): string => span.spanContext().traceId;
  const stored = new Set(spans.filter(({ name }) => name === "tos_ai_sync.write").map(traceOfSpan));
  const bundle = spans.find((span) => span.attributes.source === source && stored.has(traceOfSpan(span)));
  if (bundle === undefined) return [];
  return named(spans.filter((span) => traceOfSpan(span) === traceOfSpan(bundle))).sort();
}

function named(spans: readonly ReadableSpan[]): string[] {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name.replace("tos_ai_sync.", "")]));
  return spans.map((span) => {
    const name = names.get(span.spanContext().spanId);
    const parent = names.get(span.parentSpanContext?.spanId ?? "");
    return parent === undefined ? `${name}` : `${name} of ${parent}`;
  });
}

describe("a node with the API of OpenTelemetry", () => {
  const exporter = new InMemorySpanExporter();

  beforeEach(() => {
    exporter.reset();
    api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  });

  afterEach(() => api.trace.disable());

  test("makes spans of a record's way from the caller to the disk of a peer", async () => {
    const directory = await scratchDirectory();
    const listen = ["/ip4/127.0.0.1/tcp/0"];
    const at = (name: string): string => join(directory, name);
    const served = await startStandalone({ dirPath: at("a"), networkName: "e2e", listen, tracing: api });
    const reader = await LocalNode.start(at("b"), [served.manager.multiaddrs[0] ?? ""]);
    try {
      const { taskId } = await served.manager.control.publishTask(codeTask("traced"));
      await reader.until(async (control) => (control.holdsTask(taskId) ? true : undefined));
      await reader.control.publishTask(codeTask("of the other"));
      await expect.poll(() => served.manager.control.info().records).toBe(2);
      await expect.poll(() => traceOf(exporter, "gossip")).toContain("write of bundle");
    } finally {
      await reader.stop();
      await served.stop();
    }
    expect(traceOf(exporter, "gossip")).toEqual(["bundle", "scan of bundle", "verify of bundle", "write of bundle"]);
    expect(traceOf(exporter, "own")).toEqual([
      "bundle of publish",
      "publish",
      "reserve of publish",
      "scan of bundle",
      "sign of publish",
      "write of bundle",
    ]);
    const publish = exporter.getFinishedSpans().find(({ name }) => name === "tos_ai_sync.publish");
    expect(publish?.attributes).toEqual({ type: 0, outcome: "published" });
  });

  test("runs on when the tracer throws, counts that once, and calls it no more", async () => {
    let calls = 0;
    const broken: TracingApi = {
      ...api,
      trace: {
        setSpan: api.trace.setSpan,
        getTracer: () => ({
          startSpan: () => {
            calls++;
            throw new Error("no exporter");
          },
        }),
      },
    };
    const listen = ["/ip4/127.0.0.1/tcp/0"];
    const lines: string[] = [];
    const metricsRegistry = new Registry();
    const served = await startStandalone({
      dirPath: await scratchDirectory(),
      listen,
      tracing: broken,
      metricsRegistry,
      log: (level, text) => lines.push(`${level} ${text}`),
    });
    try {
      for (const text of ["one", "two"]) await served.manager.control.publishTask(codeTask(text));
    } finally {
      await served.stop();
    }
    expect(calls).toBe(1);
    expect(await metricsRegistry.metrics()).toContain('tos_ai_sync_failures_total{label="unexpected"} 1');
    expect(lines.filter((line) => line.includes("tracing"))).toEqual(["error tracing: no exporter"]);
  });

  test("refuses a value that is not that API", async () => {
    const tracing = {} as TracingApi;
    await expect(startStandalone({ dirPath: await scratchDirectory(), tracing })).rejects.toMatchObject({
      code: "bad_parameters",
      message: expect.stringContaining("@opentelemetry/api"),
    });
  });
});

test("a node without that API makes no spans", async () => {
  const exporter = new InMemorySpanExporter();
  api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  const node = await LocalNode.start(await scratchDirectory());
  await node.control.publishTask(codeTask("silent"));
  await node.stop();
  api.trace.disable();
  expect(exporter.getFinishedSpans()).toEqual([]);
});
