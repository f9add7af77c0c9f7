import { cp } from "node:fs/promises";
import { join } from "node:path";
import { type ServedNode, startStandalone } from "../../src/plugin/index.js";
import { answerTo, codeTask, LocalNode, scoreOf } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";

/** Text that would act if it were markup, terminal codes or a change of direction. */
export const HOSTILE =
  "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>\u202Eesrever\u202C\u001b[31m";

/** A node with its page, and five others: a miner, two validators, and two with one key that contradict each other. */
export class World {
  readonly #directory: Awaited<ReturnType<typeof makeDirectory>>;
  readonly #nodes: LocalNode[] = [];
  watched: ServedNode;
  readonly taskId: string;

  private constructor(directory: Awaited<ReturnType<typeof makeDirectory>>, watched: ServedNode, taskId: string) {
    this.#directory = directory;
    this.watched = watched;
    this.taskId = taskId;
  }

  static async start(): Promise<World> {
    const directory = await makeDirectory();
    const at = (name: string): string => join(directory.path, name);
    const watched = await startWatched(at("watched"), 0);
    const hub = watched.manager.multiaddrs[0] ?? "";
    const { control } = watched.manager;
    const { taskId } = await control.publishTask(codeTask(HOSTILE));
    for (let i = 0; i < 4; i++) await control.publishTask(codeTask(`task ${i}`));
    const world = new World(directory, watched, taskId);
    await world.#cheat(at);
    const names = ["miner", "first", "second", "cheater", "copy"];
    const nodes = await Promise.all(names.map((name) => LocalNode.start(at(name), [hub])));
    world.#nodes.push(...nodes);
    const [miner, ...validators] = nodes;
    if (miner === undefined) throw new Error("no miner");
    await miner.until(async (node) => (node.holdsTask(taskId) ? true : undefined));
    const { record } = await miner.control.submitSolution(answerTo(taskId, "an answer"));
    const hasIt = async (node: LocalNode["control"]) =>
      (await node.submission(record.id).catch(() => undefined)) === undefined ? undefined : true;
    await Promise.all(validators.map((node) => node.until(hasIt)));
    // A node signs after its first exchange. All have to sign before one of them hears of the other's record.
    const isInSync = async (node: LocalNode["control"]) => (node.info().sync.inSync ? true : undefined);
    await Promise.all(validators.map((node) => node.until(isInSync)));
    const scores = [72, 78, 20, 99];
    await Promise.all(validators.map((node, i) => node.control.validateSubmission(scoreOf(record.id, scores[i] ?? 0))));
    const isCaught = async (): Promise<boolean> => (await control.taskDetails(taskId)).alerts.length > 0;
    const isScored = async (): Promise<boolean> => (await control.submission(record.id)).counted.verdict.n === 2;
    while (!((await isCaught()) && (await isScored()))) {
      await new Promise<void>((resolve) => {
        const ended = control.subscribe(() => {
          ended();
          resolve();
        });
        setTimeout(resolve, 200).unref();
      });
    }
    return world;
  }

  /** Gives the cheater and its copy one author key. */
  async #cheat(at: (name: string) => string): Promise<void> {
    const made = await LocalNode.start(at("cheater"));
    await made.stop();
    const key = (name: string): string => join(at(name), "ai", "dev", "keys", "default");
    await cp(key("cheater"), key("copy"), { recursive: true });
  }

  /** A login link of the watched node. */
  get link(): string {
    return this.watched.loginLink() ?? "";
  }

  /** Stops the watched node. The result starts it again at the same port. */
  async stopWatched(): Promise<() => Promise<void>> {
    const port = Number(new URL(this.watched.apiUrl).port);
    await this.watched.stop();
    return async () => {
      this.watched = await startWatched(join(this.#directory.path, "watched"), port);
    };
  }

  async stop(): Promise<void> {
    for (const node of this.#nodes) await node.stop();
    await this.watched.stop();
    await this.#directory.remove();
  }
}

function startWatched(dirPath: string, port: number): Promise<ServedNode> {
  const listen = ["/ip4/127.0.0.1/tcp/0"];
  return startStandalone({ dirPath, networkName: "e2e", listen, api: { host: "127.0.0.1", port } });
}
