import { PassThrough } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { runManaged } from "../../src/plugin/managed/run.js";

/**
 * A plugin whose host sends 600 requests and then ends the plugin's input. The host reads a line only when the test
 * says so.
 */
async function unread() {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const input = new PassThrough();
  const taken: (() => void)[] = [];
  const drains: (() => void)[] = [];
  const complaints: string[] = [];
  let exit: number | undefined;
  const ended = runManaged({
    input,
    output: {
      write: (_text, done) => {
        taken.push(done);
        return false;
      },
      on: (event: string, listener: (error: Error) => void) => {
        if (event === "drain") drains.push(() => listener(new Error("unused")));
      },
    },
    cookie: "00".repeat(32),
    interrupted: new AbortController().signal,
    complain: (text) => complaints.push(text),
  });
  void ended.then((code) => {
    exit = code;
  });
  input.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n'.repeat(600));
  await nextTurn();
  input.end();
  const pass = async (seconds: number): Promise<void> => {
    await nextTurn();
    await vi.advanceTimersByTimeAsync(seconds * 1000);
    await nextTurn();
  };
  const readOne = (): void => {
    taken.shift()?.();
    for (const drain of drains) drain();
  };
  return { complaints, exit: () => exit, pass, readOne };
}

test("a plugin whose host reads nothing ends after a minute, even if its pipes stay open", async () => {
  const { complaints, exit, pass } = await unread();
  await pass(55);
  expect([exit(), complaints]).toEqual([undefined, []]);
  await pass(10);
  expect([exit(), complaints]).toEqual([70, ["the host has read no line for 60 s"]]);
});

test("a plugin whose host reads a line now and then continues, and ends with its input", async () => {
  const { complaints, exit, pass, readOne } = await unread();
  for (let i = 0; i < 20; i++) {
    readOne();
    await pass(30);
  }
  expect(exit()).toBeUndefined();
  for (let i = 0; i < 600; i++) readOne();
  await pass(5);
  expect([exit(), complaints]).toEqual([0, []]);
});
