import { describe, expect, test } from "vitest";
import type { EngineEvent } from "../../src/engine/events.js";
import { author } from "../support/simulation/story.js";
import { worldWith } from "./lone-exchange.js";

const HOUR_MS = 3_600_000;

describe("waits and the clock of the machine", () => {
  test("a task and a body are requested when a record names them, not at the next tick", () => {
    const lone = worldWith("a");
    const { story } = lone;
    const task = story.task(author(0), story.nowSeconds + 3600);
    lone.gossip("a", [task.envelope]);
    expect(lone.asked("a", "body").length).toBe(1);
    const unknown = { taskId: "11".repeat(32), taskType: 4, t0: story.nowSeconds };
    lone.gossip("a", [story.submission(author(1), unknown).envelope]);
    expect(lone.asked("a", "task").length).toBe(1);
  });

  test("a clock that is set back by an hour does not lengthen waits by an hour", () => {
    const lone = worldWith();
    const { engine } = lone.node;
    let nowMs = lone.clock.nowMs;
    const opened: number[] = [];
    const step = (event: EngineEvent): void => {
      for (const effect of engine.step(event, nowMs)) {
        if (effect.kind === "send_request" && effect.request.kind === "windows") opened.push(nowMs);
      }
    };
    lone.peer("a", { dialed: true });
    nowMs -= HOUR_MS;
    for (let second = 0; second < 130; second++) {
      step({ kind: "tick" });
      nowMs += 1000;
    }
    expect(opened.length).toBeGreaterThanOrEqual(2);
  });

  test("an own bundle is sent in time when the clock is set back while it waits", () => {
    const lone = worldWith();
    const { engine } = lone.node;
    lone.story.publish(lone.node, lone.story.task(author(0), lone.story.nowSeconds + 3600));
    const nowMs = lone.clock.nowMs - HOUR_MS;
    engine.step({ kind: "tick" }, nowMs);
    expect(engine.nextDueMs()).toBeLessThanOrEqual(nowMs + 5);
    const left = [nowMs, nowMs + 5].flatMap((atMs) => engine.step({ kind: "tick" }, atMs));
    expect(left.filter(({ kind }) => kind === "gossip").length).toBe(1);
  });

  test("deadlines follow the clock of the machine when it is set", () => {
    const lone = worldWith();
    const { engine } = lone.node;
    const { story } = lone;
    const task = story.task(author(0), story.nowSeconds + 60);
    story.publish(lone.node, task);
    const atMs = lone.clock.nowMs;
    const payload = {
      kind: "submission" as const,
      task: task.task,
      body: { hash: "22".repeat(32), length: 1 },
      qualityHint: 0,
    };
    const refused = (nowMs: number) => engine.checkOwn({ author: author(1), payload }, nowMs)?.code;
    engine.step({ kind: "tick" }, atMs + HOUR_MS);
    expect(refused(atMs + HOUR_MS)).toBe("task_over");
    engine.step({ kind: "tick" }, atMs);
    expect(refused(atMs)).toBeUndefined();
  });
});
