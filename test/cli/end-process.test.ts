import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { endProcess } from "../../src/cli/end-process.js";

const started = vi.hoisted(() => vi.fn<(program: string, args: readonly string[]) => unknown>());
vi.mock("node:child_process", () => ({ spawn: started }));
const { spawn } = await vi.importActual<typeof import("node:child_process")>("node:child_process");

/** Ends this process, but for its end. Returns the exit codes. */
function end(code: number): unknown[] {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
  endProcess(code);
  const codes = exit.mock.calls.map(([given]) => given);
  exit.mockRestore();
  return codes;
}

test("a process that can't start a guard exits with its code", () => {
  started.mockImplementationOnce(() => {
    throw new Error("spawn ENOMEM");
  });
  expect(end(75)).toEqual([75]);
});

test("the guard kills no process that got the pid of the one that it guards", async () => {
  started.mockReturnValueOnce({ on: () => undefined });
  end(0);
  const [program = "", args = []] = started.mock.lastCall ?? [];
  const other = spawn(process.execPath, ["--eval", "setInterval(() => undefined, 1000)"], { stdio: "ignore" });
  onTestFinished(() => void other.kill("SIGKILL"));
  const guard = spawn(program, [...args.slice(0, -1), String(other.pid)], { stdio: ["pipe", "ignore", "ignore"] });
  expect(await once(guard, "exit")).toEqual([0, null]);
  await setTimeout(200);
  expect([other.exitCode, other.signalCode]).toEqual([null, null]);
});
