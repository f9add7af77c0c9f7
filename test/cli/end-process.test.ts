import { once } from "node:events";
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
  const other = spawn(process.execPath, ["--eval", "process.stdin.pipe(process.stdout)"], { stdio: "pipe" });
  onTestFinished(() => void other.kill("SIGKILL"));
  const guard = spawn(program, [...args.slice(0, -1), String(other.pid)], { stdio: ["pipe", "ignore", "ignore"] });
  expect(await once(guard, "exit")).toEqual([0, null]);
  const answer = Promise.race([once(other.stdout, "data"), once(other, "exit")]);
  other.stdin.on("error", () => undefined);
  other.stdin.write("alive");
  expect(String(await answer)).toBe("alive");
});
