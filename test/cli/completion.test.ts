import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { run } from "../support/run-cli.js";

/** The words that the completion of bash offers for the last word of a command line. */
async function offered(script: string, words: readonly string[]): Promise<string[]> {
  const program = `${script}
COMP_WORDS=(tos-ai-sync "$@")
COMP_CWORD=$#
_tos_ai_sync
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)("bash", ["-c", program, "bash", ...words]);
  return stdout.split("\n").filter((word) => word !== "");
}

test("bash completes commands, options of a command and of the program, and values from a closed list", async () => {
  const { code, out } = await run(["completion", "bash"]);
  expect(code).toBe(0);
  expect(await offered(out, ["st"])).toEqual(["start", "status"]);
  expect(await offered(out, ["task", ""])).toEqual(expect.arrayContaining(["show", "cancel", "sync", "--json"]));
  expect(await offered(out, ["--json", "task", "s"])).toEqual(["show", "sync"]);
  expect(await offered(out, ["publish", "--type", "Code"])).toEqual(["CodeAnalysis"]);
  expect(await offered(out, ["publish", "--rew"])).toEqual(["--reward"]);
  expect(await offered(out, ["status", "--network", "main"])).toEqual(["mainnet"]);
  expect(await offered(out, ["watch", "--event", "task_c"])).toEqual(["task_cancelled"]);
  expect(await offered(out, ["submit", "--file", "x", "--q"])).toEqual(["--quality-hint"]);
});

test("zsh loads the completion of bash, and fish has a line for each command and option", async () => {
  const { out: bash } = await run(["completion", "bash"]);
  expect((await run(["completion", "zsh"])).out).toBe(`autoload -U +X bashcompinit && bashcompinit\n${bash}`);
  const { out: fish } = await run(["completion", "fish"]);
  expect(fish).toContain("complete -c tos-ai-sync -n __fish_use_subcommand -f -a publish -d 'publish a task;");
  expect(fish).toContain("__fish_seen_subcommand_from task; and __fish_seen_subcommand_from cancel'");
  expect(fish).toMatch(/__fish_seen_subcommand_from publish' -l type -x -a 'CodeAnalysis /);
  expect((await run(["completion", "tcsh"])).code).toBe(2);
});

test("the manual page has every command and exit code, and no text of it is read as a request of roff", async () => {
  const { out } = await run(["man"]);
  for (const part of [
    ".SS task show <task\\-id>",
    ".SS publish",
    ".B \\-\\-reward <amount>",
    ".SH EXIT STATUS",
    ".B 78",
  ]) {
    expect(out).toContain(`${part}\n`);
  }
  const requests = [...out.matchAll(/^[.'](\S*)/gm)].map(([, name]) => name);
  expect([...new Set(requests)].sort()).toEqual(["B", "SH", "SS", "TH", "TP"]);
});
