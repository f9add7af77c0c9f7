import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

function demo(name: string, ...args: readonly string[]): { code: number | null; out: string; err: string } {
  const program = fileURLToPath(new URL(`../../examples/demo/${name}.mjs`, import.meta.url));
  const {
    status: code,
    stdout: out,
    stderr: err,
  } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
  return { code, out, err };
}

test.each(["nine", "sidecar"])("the demo %s says how it is called, and what was wrong in a line", (name) => {
  expect(demo(name, "--help")).toEqual({ code: 0, out: expect.stringMatching(/^usage: npm run demo.*\n$/), err: "" });
  const { code, out, err } = demo(name, "--nope");
  expect({ code, out }).toEqual({ code: 64, out: "" });
  expect(err).toMatch(/^Unknown option '--nope'.*\nusage: .*\n$/);
});

test("a daemon that the demo can't use is named", () => {
  const { code, out } = demo("sidecar", "--daemon", "127.0.0.1:1");
  expect(code).toBe(1);
  expect(out).toContain("the daemon at 127.0.0.1:1 can't be used: ECONNREFUSED");
});
