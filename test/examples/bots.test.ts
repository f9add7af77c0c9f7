import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { NodeClient, nodeAccess } from "../../src/api/node-client/index.js";
import { NodeProcess } from "../support/node-process.js";
import { DependentProject, projectRoot } from "../support/project.js";
import { run } from "../support/run-cli.js";
import { scratchDirectory } from "../support/scratch.js";

const BOTS = join(projectRoot, "examples/bots");
const COMPILER = join(projectRoot, "node_modules/typescript/bin/tsc");
const PROJECT = {
  compilerOptions: {
    strict: true,
    target: "es2023",
    module: "nodenext",
    noUncheckedIndexedAccess: true,
    types: ["node"],
    typeRoots: [join(projectRoot, "node_modules/@types")],
  },
  include: ["*.ts"],
};

type Bot = "miner" | "validator";
/** The command line of a bot, without its arguments. */
type Program = (bot: Bot) => readonly [string, ...string[]];

async function typescript(): Promise<Program> {
  const project = await DependentProject.make();
  for (const file of ["bot.ts", "miner.ts", "validator.ts"]) {
    await project.write(file, await readFile(join(BOTS, "typescript", file), "utf8"));
  }
  await project.write("package.json", JSON.stringify({ type: "module" }));
  await project.write("tsconfig.json", JSON.stringify(PROJECT));
  await project.node(COMPILER, "--project", ".");
  return (bot) => [process.execPath, join(project.path, `${bot}.js`)];
}

async function python(): Promise<Program> {
  return (bot) => ["python3", "-B", join(BOTS, "python", `${bot}.py`)];
}

/** A running bot. */
class RunningBot {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor([program, ...args]: readonly [string, ...string[]]) {
    this.#child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void this.#child.kill("SIGKILL"));
    if (this.#child.stdout === null) throw new Error("no output");
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /**
   * The first group of the next line that matches; rejects at the end of the bot. A bot that was killed may repeat its
   * last record and print other lines before.
   */
  async printed(line: RegExp): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`the bot ended before it printed ${line}`);
      const [, group] = line.exec(value) ?? [];
      if (group !== undefined) return group;
    }
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await once(this.#child, "close");
  }
}

async function hasPython(): Promise<boolean> {
  const child = spawn("python3", ["--version"], { stdio: "ignore" });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}

async function mineAndValidate(program: Program): Promise<void> {
  const [dir, states] = [await scratchDirectory(), await scratchDirectory()];
  for (const name of ["default", "miner", "validator"]) await run(["key", "new", name, "--dir-path", dir]);
  const data = join(dir, "ai", "dev");
  const client = new NodeClient({ access: () => nodeAccess(data) });
  const start = (bot: Bot) => new RunningBot([...program(bot), data, bot, join(states, `${bot}.json`)]);
  const publish = async (description: string): Promise<string> => {
    const task_type = { GeneralTask: { category: "text" } } as const;
    const params = { task_type, description, reward_amount: 1, duration_seconds: 3600 };
    return (await client.call("ai_publish_task", params)).task_id;
  };

  const isDone = async (task: string, miner: RunningBot, validator: RunningBot): Promise<void> => {
    const submission = await miner.printed(new RegExp(`^submitted (\\w+) to ${task}$`));
    expect(await validator.printed(new RegExp(`^validated ${submission} with (\\d+): \\w+$`))).toBe("90");
  };

  let node = await NodeProcess.start(dir);
  const first = await publish("count these four words");
  let [miner, validator] = [start("miner"), start("validator")];
  await isDone(first, miner, validator);

  // The node ends without a stop and comes back at another port.
  await node.signal("SIGKILL");
  node = await NodeProcess.start(dir);
  const second = await publish("after a restart");
  await isDone(second, miner, validator);

  // The bots end, miss a task, and come back.
  await Promise.all([miner.kill(), validator.kill()]);
  const third = await publish("while nobody works");
  [miner, validator] = [start("miner"), start("validator")];
  await isDone(third, miner, validator);
  for (const task_id of [first, second, third]) {
    const { submissions, uncounted_submissions: uncounted } = await client.call("ai_get_task_details", { task_id });
    expect([submissions.length, uncounted, submissions[0]?.validations.length]).toEqual([1, [], 1]);
  }
  await node.signal("SIGTERM");
}

test("every file of the bots has less than a hundred lines", async () => {
  for (const file of ["bot.ts", "miner.ts", "validator.ts"].map((name) => join(BOTS, "typescript", name))) {
    expect((await readFile(file, "utf8")).split("\n").length, file).toBeLessThan(100);
  }
  for (const name of ["tos_node.py", "web_socket.py", "miner.py", "validator.py"]) {
    expect((await readFile(join(BOTS, "python", name), "utf8")).split("\n").length, name).toBeLessThan(100);
  }
});

test("the bots in TypeScript answer and score every task once across restarts of the node and their own", async () => {
  await mineAndValidate(await typescript());
});

// Skipped because the machine has no Python.
test.skipIf(!(await hasPython()))(
  "the bots in Python answer and score every task once across restarts of the node and their own",
  async () => {
    await mineAndValidate(await python());
  },
);
