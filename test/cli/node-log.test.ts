import { describe, expect, it } from "vitest";
import { nodeLog } from "../../src/cli/output/node-log.js";

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function sink() {
  const lines: string[] = [];
  return { io: { err: { write: (text: string) => lines.push(text) }, nowMs: () => NOW_MS }, lines };
}

describe("the lines of a node", () => {
  it("log lines for a program are JSON with time, level, text and fields", async () => {
    const { io, lines } = sink();
    const log = await nodeLog(io, { json: true, verbose: false });
    log("info", "too quiet");
    log("warn", "a peer was refused", { peer: 'p"\n', count: 3 });
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      time: "2026-01-02T03:04:05.678Z",
      level: "warn",
      text: "a peer was refused",
      peer: 'p"\n',
      count: 3,
    });
  });

  it("log lines have no control or format character, and JSON keeps the values", async () => {
    const text = "a\u009b31m\u202eb\u2066\u007f";
    for (const json of [true, false]) {
      const { io, lines } = sink();
      (await nodeLog(io, { json, verbose: false }))("warn", text, { agent: text });
      expect(lines.join("")).not.toMatch(/[^\P{C}\n]/u);
      if (json) expect(JSON.parse(lines[0] ?? "")).toMatchObject({ text, agent: text });
    }
  });

  it("log entries for a person have one line each, and more detail with --verbose", async () => {
    const { io, lines } = sink();
    const log = await nodeLog(io, { json: false, verbose: true });
    log("debug", "closing", { peer: "p\n\u001b[31m" });
    expect(lines).toEqual(["03:04:05 debug closing peer=p \ufffd[31m\n"]);
  });
});
