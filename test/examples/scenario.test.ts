import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { makeDirectory } from "../support/scratch.js";

const run = promisify(execFile);
const path = (file: string): string => fileURLToPath(new URL(`../../examples/${file}`, import.meta.url));
const READER = path("demo/scenario.mjs");

const MARKET = await readFile(path("scenarios/market.json"), "utf8");
const LINES = MARKET.split("\n");

/** 1-based line of the nth line that contains the text. */
function lineOf(text: string, nth = 1): number {
  const found = LINES.flatMap((line, i) => (line.includes(text) ? [i + 1] : []));
  return found.at(nth - 1) ?? Number.NaN;
}

/** The file with one line changed. */
function changed(line: number, from: string, to: string): string {
  const lines = LINES.with(line - 1, (LINES[line - 1] ?? "").replace(from, to));
  expect(lines).not.toEqual(LINES);
  return lines.join("\n");
}

describe("a scenario", () => {
  let directory: string;
  beforeAll(async () => {
    const made = await makeDirectory();
    directory = made.path;
    return made.remove;
  });

  async function read(...texts: readonly string[]): Promise<string[]> {
    const files = texts.map((_, i) => join(directory, `${i}.json`));
    await Promise.all(files.map((file, i) => writeFile(file, texts[i] ?? "")));
    const code = `
      const [reader, ...files] = process.argv.slice(1);
      const { readScenario } = await import(reader);
      for (const file of files) console.log(await readScenario(file).then(() => "read", ({ message }) => message));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", code, READER, ...files]);
    return stdout.trim().split("\n");
  }

  it("each scenario of the project is valid", async () => {
    expect(await read(MARKET)).toEqual(["read"]);
  });

  const kill = lineOf('"do": "kill"');
  const double = lineOf('"do": "double"');
  const answer = lineOf('"submission": "ledger by mika"', 2);
  const mistakes: readonly (readonly [what: string, line: number, text: string, message: string])[] = [
    ["a comma too few", kill + 1, changed(kill, ",", ""), "expected , or }"],
    ["an end too early", 30, LINES.slice(0, 30).join("\n").trimEnd(), "missing"],
    ["a key twice", kill, changed(kill, '"do": "kill"', '"at": "kill"'), "twice"],
    ["a word for a number", double + 2, changed(double + 2, "30", "thirty"), "no value"],
    ["an unknown step", kill, changed(kill, "kill", "bite"), "Invalid"],
    ["an unknown field", kill + 1, changed(kill + 1, "why", "whys"), "whys"],
    ["a score out of range", double + 2, changed(double + 2, "30", "130"), "<=100"],
    ["somebody who isn't there", kill - 1, changed(kill - 1, "viktor", "victor"), "nobody is called victor"],
    [
      "two of one name",
      lineOf('"name": "mo"'),
      changed(lineOf('"name": "mo"'), "mo", "mika"),
      "there are two called mika",
    ],
    ["somebody who is dead", lineOf('"do": "restart"') - 1, changed(kill - 1, "viktor", "vito"), "viktor runs already"],
    ["an answer to nothing", answer, changed(answer, "mika", "nobody"), 'no submission "ledger by nobody"'],
    ["a cheater who is none", double - 1, changed(double - 1, "mallory", "vera"), "vera is no cheater"],
    [
      "a cheater who gets away",
      lineOf('"at": "vito"'),
      changed(lineOf('"at": "vito"'), "vito", "mallory"),
      'mallory scores in the task "ledger" but never contradicts itself there',
    ],
  ];

  it("a scenario with a mistake is refused, and the message has the mistake's line", async () => {
    const answers = await read(...mistakes.map(([, , text]) => text));
    const reported = answers.map((message) => Number(/\.json:(\d+):\d+: /.exec(message)?.[1]));
    expect(reported.map((line, i) => `${mistakes[i]?.[0]}: ${line}`)).toEqual(
      mistakes.map(([what, line]) => `${what}: ${line}`),
    );
    for (const [i, [, , , message]] of mistakes.entries()) expect(answers[i]).toContain(message);
  });
});
