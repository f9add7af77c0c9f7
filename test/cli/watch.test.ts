import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TASK } from "../support/control/fake-control.js";
import { fakeNode } from "../support/run-cli.js";

describe("watch", () => {
  test("watch prints stored and new events and ends when interrupted", async () => {
    const { cli, control } = await fakeNode();
    control.emit("task_published", { task_id: TASK });
    const ended = new AbortController();
    const ran = await cli(["watch", "--after", "0", "--json"], {
      signal: ended.signal,
      onOut: (text) => {
        const seen = text.split("\n").length - 1;
        if (seen === 1) control.emit("task_status_changed", { status: "InProgress" });
        if (seen === 2) ended.abort();
      },
    });
    expect(ran).toMatchObject({ code: 0, err: "" });
    const events = ran.out.trim().split("\n");
    expect(events.map((line) => JSON.parse(line))).toEqual([
      { event: "task_published", sequence: 1, task_id: TASK },
      { event: "task_status_changed", sequence: 2, status: "InProgress" },
    ]);
  });

  test("watch prints an event on one line of a terminal, with short ids", async () => {
    const { cli, control } = await fakeNode();
    control.emit("task_published", { task_id: TASK, publisher: "ab".repeat(32), text: "x".repeat(200) });
    const ended = new AbortController();
    const { out } = await cli(["watch", "--after", "0"], {
      signal: ended.signal,
      terminal: 80,
      onOut: () => ended.abort(),
    });
    expect(out).toMatch(/^ {5}1 {2}task_published {2}task_id=[0-9a-f]{8} publisher=abababab text=x+\u2026\n$/);
    expect(out).toHaveLength(81);
  });

  test("watch reconnects to a node that closed the connection and prints no event twice", async () => {
    const { cli, control } = await fakeNode();
    control.emit("task_published", {});
    const read = control.eventsAfter.bind(control);
    let reads = 0;
    control.eventsAfter = async (after, limit) => {
      if (++reads === 2) throw new Error("disk");
      return read(after, limit);
    };
    const ended = new AbortController();
    const ran = await cli(["watch", "--after", "0"], {
      signal: ended.signal,
      onOut: (text) => {
        const seen = text.split("\n").length - 1;
        if (seen === 1) control.emit("author_excluded", { author: "x" });
        if (seen === 2) ended.abort();
      },
    });
    expect(ran.code).toBe(0);
    expect(ran.out).toBe("     1  task_published  \n     2  author_excluded  author=x\n");
    expect(reads).toBeGreaterThan(2);
  });

  test("watch prints missed events after a reconnect, also when it had printed none before", async () => {
    const { cli, control } = await fakeNode();
    control.emit("task_published", {});
    const read = control.eventsAfter.bind(control);
    let reads = 0;
    control.eventsAfter = async (after, limit) => {
      if (++reads > 1) return read(after, limit);
      control.emit("task_cancelled", {});
      throw new Error("the node stops");
    };
    const ended = new AbortController();
    const ran = await cli(["watch"], { signal: ended.signal, onOut: () => ended.abort() });
    expect(ran.out).toBe("     2  task_cancelled  \n");
  });

  test("watch reports a node that never answered and one that went down by different messages", async () => {
    const { cli, api } = await fakeNode();
    await api.stop();
    expect((await cli(["watch"])).code).toBe(3);
    const refused = await fakeNode();
    await writeFile(join(refused.data, "api.token"), "0".repeat(64));
    expect((await refused.cli(["watch"])).code).toBe(4);
  });
});
