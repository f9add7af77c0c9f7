import { expect, test } from "vitest";
import { run } from "../support/run-cli.js";

test.each([
  ["--dir-path", "", ["status"]],
  ["--dir-path", " ", ["check"]],
  ["--dir-path", "", ["start"]],
  ["--registry-file", "", ["start", "--daemon", "127.0.0.1:1"]],
  ["--rules-file", "", ["start"]],
  ["--roster-file", "", ["check"]],
  ["--file", "", ["publish", "--type", "CodeAnalysis"]],
])(
  "%s with the path '%s' is refused as a wrong command line, before anything is read or made: %s",
  async (name, path, command) => {
    const { code, err } = await run([...command, name, path]);
    expect(code).toBe(2);
    expect(err).toContain(`option '${name}`);
    expect(err).toContain('The current directory is "./"');
  },
);
