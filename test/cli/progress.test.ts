import { expect, test } from "vitest";
import { Progress } from "../../src/cli/show/progress.js";

const CLEAR = "\r\u001b[K";

function progressOn(err: { isTTY?: boolean; columns?: number }, json = false) {
  const written: string[] = [];
  let nowMs = 1000;
  const io = { err: { ...err, write: (text: string) => written.push(text) }, nowMs: () => nowMs };
  const progress = new Progress(io, { unit: "records", json });
  const at = (ms: number, done: number): void => {
    nowMs = 1000 + ms;
    progress.at(done, 1000);
  };
  return { progress, at, written };
}

test("a terminal shows one line with rate and time left, at most five times a second, and none at the end", () => {
  const { progress, at, written } = progressOn({ isTTY: true });
  at(0, 0);
  at(100, 50);
  at(250, 100);
  at(400, 120);
  at(2000, 250);
  progress.end();
  progress.end();
  expect(written).toEqual([
    `${CLEAR}[##------------------] 10 %, 100 of 1000 records`,
    `${CLEAR}[#####---------------] 25 %, 250 of 1000 records, 125/s, 6 s left`,
    CLEAR,
  ]);
});

test("a narrow terminal gets the beginning of the line, so that it never wraps", () => {
  const { at, written } = progressOn({ isTTY: true, columns: 20 });
  at(0, 0);
  at(2000, 250);
  expect(written[0]?.slice(CLEAR.length)).toHaveLength(19);
});

test("a pipe gets nothing, and with --json one object a second", () => {
  const silent = progressOn({});
  silent.at(0, 1);
  silent.at(5000, 2);
  silent.progress.end();
  expect(silent.written).toEqual([]);
  const json = progressOn({ isTTY: true }, true);
  for (const [ms, done] of [
    [0, 0],
    [900, 100],
    [2000, 500],
  ] as const) {
    json.at(ms, done);
  }
  json.progress.end();
  expect(json.written.map((line) => JSON.parse(line).progress)).toEqual([
    { unit: "records", done: 500, total: 1000, per_second: 250, seconds_left: 2 },
  ]);
});
