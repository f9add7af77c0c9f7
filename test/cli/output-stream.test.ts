import { EventEmitter } from "node:events";
import { appendFileSync, closeSync, copyFileSync, openSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeLog } from "../../src/cli/output/node-log.js";
import { OUTPUT_QUEUE_BYTES, OutputStream } from "../../src/cli/output/output-stream.js";
import { scratchDirectory } from "../support/scratch.js";

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** The part of Node's stream that the class uses. */
class FakeStream extends EventEmitter {
  readonly written: string[] = [];
  isTTY = false;
  writableLength = 0;
  fd: number;

  constructor(fd: number) {
    super();
    this.fd = fd;
  }

  write(text: string, done: (error?: Error) => void): boolean {
    this.written.push(text);
    this.writableLength += text.length;
    this.taken.push(done);
    return true;
  }

  readonly taken: ((error?: Error) => void)[] = [];
}

function opened(path: string, flags: string): number {
  const fd = openSync(path, flags);
  onTestFinished(() => closeSync(fd));
  return fd;
}

describe("lines that can't be written", () => {
  test.each([true, false])(
    "lines that a full disk refuses are counted and reported when writing works again (json: %s)",
    async (json) => {
      const stream = new FakeStream(opened("/dev/full", "w"));
      const output = new OutputStream(stream);
      const log = await nodeLog({ err: output, nowMs: () => NOW_MS }, { json, verbose: false });
      const lost: [string, number][] = [];
      log("warn", "one");
      output.onLost((loss, lines) => lost.push([loss, lines]));
      log("error", "two");
      expect(output.active()).toMatchObject({ text: expect.stringContaining("no_space 2") });
      expect(lost).toEqual([
        ["no_space", 1],
        ["no_space", 1],
      ]);
      const path = join(await scratchDirectory(), "log");
      stream.fd = opened(path, "a");
      // Without another line: the check of the fault is enough.
      expect(output.active()).toBeUndefined();
      log("warn", "three");
      const [notice = "", three = "", ...rest] = readFileSync(path, "utf8").trim().split("\n");
      expect(rest).toEqual([]);
      if (json)
        expect(JSON.parse(notice)).toMatchObject({ level: "warn", no_space: 2, text: expect.stringContaining("lost") });
      else expect(notice).toBe("03:04:05 warn  lines of this log could not be written and are lost no_space=2");
      expect(three).toContain("three");
    },
  );

  test("lines of a slow reader are lost above the cap and reported when it reads", () => {
    const stream = new FakeStream(-1);
    const output = new OutputStream(stream);
    output.setNotice(({ slow }) => `${slow} lost\n`);
    const line = `${"x".repeat(OUTPUT_QUEUE_BYTES / 4)}\n`;
    // Answers are never dropped.
    for (let i = 0; i < 8; i++) output.write(line);
    expect(stream.written.length).toBe(8);
    output.bound();
    for (let i = 0; i < 3; i++) output.write(line);
    expect(stream.written.length).toBe(8);
    expect(output.lost).toEqual({ slow: 3 });
    stream.writableLength = 0;
    output.write("again\n");
    expect(stream.written.at(-1)).toBe("3 lost\nagain\n");
    expect(output.losing).toBe(false);
  });

  test("a closed reader is reported to the caller and does not end the process", () => {
    const stream = new FakeStream(-1);
    const output = new OutputStream(stream);
    let failures = 0;
    output.onFailure(() => failures++);
    output.write("one\n");
    const gone = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    for (const done of stream.taken) done(gone);
    stream.emit("error", gone);
    output.write("two\nthree\n");
    expect({ failures, gone: output.gone, lost: output.lost }).toEqual({
      failures: 1,
      gone: true,
      lost: { closed: 3 },
    });
  });
});

// The offset of a descriptor is read from /proc.
describe.runIf(process.platform === "linux")("a log file that others change while it is written", () => {
  test.each(["w", "a"])("a log that is copied and truncated goes on without a gap (opened with %s)", async (flags) => {
    const path = join(await scratchDirectory(), "log");
    const stream = new FakeStream(opened(path, flags));
    const output = new OutputStream(stream);
    // Standard output and standard error may be the same descriptor.
    const other = new OutputStream(stream);
    other.write("started\n");
    for (let i = 0; i < 50; i++) output.write(`before ${i}\n`);
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    const lines = Array.from({ length: 100 }, (_, i) => `after ${i}\n`);
    for (const line of lines) output.write(line);
    other.write("stopped\n");
    expect(readFileSync(`${path}.1`, "utf8").split("\n").length).toBe(52);
    expect(readFileSync(path, "utf8")).toBe(`${lines.join("")}stopped\n`);
  });

  test("a log keeps the lines that another program appended", async () => {
    const path = join(await scratchDirectory(), "log");
    const output = new OutputStream(new FakeStream(opened(path, "w")));
    output.write("one\n");
    appendFileSync(path, "of another\n");
    output.write("two\n");
    expect(readFileSync(path, "utf8")).toBe("one\nof another\ntwo\n");
  });
});
