import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { projectRoot } from "../support/project.js";

const DEMO = join(projectRoot, "examples/demo/nine.mjs");
/** The node of the publisher, which runs from the start to the end. */
const PUBLISHER = "petra";

/** A run of the demo of nine nodes, watched from outside. It ends with the test. */
export class RunningDemo {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #printed = "";

  constructor() {
    this.#child = spawn(process.execPath, [DEMO, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    this.#ended = once(this.#child, "close");
    this.#child.stdout?.on("data", (text) => {
      this.#printed += text;
    });
    onTestFinished(() => void this.#child.kill());
  }

  /** Waits for work of the watcher. A demo that ends before has failed, and nothing that is awaited would come. */
  during<T>(work: Promise<T>): Promise<T> {
    const early = this.#ended.then(() => Promise.reject(new Error(`the demo ended early: ${this.#printed}`)));
    return Promise.race([work, early]);
  }

  /** The directory of the publisher's node, as soon as the node runs. */
  async publisher(): Promise<string> {
    let found: string | undefined;
    const look = async (): Promise<string | undefined> => {
      const name = (await readdir(tmpdir())).find((one) => one.startsWith(`tos-ai-sync-demo-${this.#child.pid}-`));
      const directory = join(tmpdir(), name ?? "none", PUBLISHER);
      found = await access(join(directory, "ai/dev/api.json")).then(
        () => directory,
        () => undefined,
      );
      return found;
    };
    await this.during(expect.poll(look).toBeDefined());
    return found ?? "";
  }

  /** What the demo says at its end. */
  async result(): Promise<unknown> {
    await this.#ended;
    return JSON.parse(this.#printed);
  }
}
