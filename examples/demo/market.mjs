// The nodes of a scenario and what its steps make them do.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NodeProcess } from "./node-process.mjs";
import { whilePaused } from "./paused.mjs";
import { until } from "./until.mjs";
import { digestOf, recordsOf } from "./views.mjs";

const CHEATER = fileURLToPath(new URL("./cheater.mjs", import.meta.url));
/** For anything that nodes come to by themselves: many times what it takes on one slow core. */
const PATIENCE_MS = 120_000;
const STOPPED = "the demo was interrupted";
/** Peers that each node has before the first task is published: enough that no single loss cuts anyone off. */
const PEERS_WANTED = 4;
/** Few enough that most nodes learn of several others, and that one core can serve them. */
const STARTS_AT_ONCE = 3;
/** The nodes are up within this on two cores; what takes longer stretches every deadline. */
const UNHURRIED_START_MS = 15_000;
const MAX_PACE = 8;

export class Market {
  #scenario;
  #account;
  #nodes;
  #validationWindowSeconds;
  /** Deadlines are this many times as far ahead as the scenario says. */
  #pace = 1;
  #tasks = new Map();
  #submissions = new Map();
  /** Records that nodes have acknowledged to their callers, in order. */
  #acknowledged = [];
  #doubles = [];
  /** Keys of cheaters who voted twice. */
  revoters = [];
  #stopped = false;
  /** What killed nodes no longer had when they came back, before any peer could help them. */
  restartLost = 0;
  lateJoinerCaughtUpMs = 0;

  constructor({ scenario, account, directory, options, validationWindowSeconds }) {
    this.#scenario = scenario;
    this.#account = account;
    this.#validationWindowSeconds = validationWindowSeconds;
    this.#nodes = new Map(
      scenario.cast.map(({ name, role }) => {
        const program = role === "cheater" ? { program: CHEATER } : {};
        return [name, new NodeProcess(name, join(directory, name), { options, ...program })];
      }),
    );
  }

  get nodes() {
    return [...this.#nodes.values()];
  }

  get kernel() {
    return this.nodes[0].kernel;
  }

  /** Labels of the scenario by id, in the order in which things were published. */
  get tasks() {
    return this.#tasks;
  }

  get submissions() {
    return this.#submissions;
  }

  /** Ids of what was acknowledged, and of the records that no honest node would have signed. */
  get records() {
    return [...this.#acknowledged, ...this.#doubles];
  }

  /** {name, taskId} of each contradiction that was signed. */
  get doubles() {
    return this.#doubles;
  }

  /**
   * A full minute after which the time changes nothing any more: every deadline and validation window is over. The
   * state digest takes any whole minute, and what a node says of one that has not begun can be compared like any other,
   * so nobody has to wait for it.
   */
  get settledSeconds() {
    return (Math.floor(this.overSeconds / 60) + 1) * 60;
  }

  /** The last second in which a validation can count. */
  get overSeconds() {
    return Math.max(...[...this.#tasks.values()].map(({ deadline }) => deadline)) + this.#validationWindowSeconds;
  }

  /** Ends every node; what is still being played fails at its next step and starts no other. */
  async stop() {
    this.#stopped = true;
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  /** All nodes but the late ones. A node that starts gets the addresses of the running ones. */
  async open() {
    const began = performance.now();
    const present = this.#scenario.cast.filter(({ role }) => role !== "latecomer");
    const [first, ...others] = present.map(({ name }) => this.#nodes.get(name));
    await this.#start(first, []);
    const wanted = Math.min(PEERS_WANTED, others.length);
    const known = [first.multiaddr];
    const startNext = async () => {
      for (let node = others.shift(); node !== undefined; node = others.shift()) {
        await this.#start(node, [...known]);
        known.push(node.multiaddr);
      }
    };
    await Promise.all(Array.from({ length: Math.min(STARTS_AT_ONCE, availableParallelism()) }, startNext));
    await this.everyone("peers", async (node) => (await node.call("ai_get_network_info")).peers >= wanted);
    this.#pace = Math.min(MAX_PACE, Math.max(1, (performance.now() - began) / UNHURRIED_START_MS));
    this.#account.say(first.name, "and all others are up", `${present.length} processes, ${first.kernel} kernel`);
  }

  /** Runs the steps; an error names the line of the one that failed. */
  async play() {
    for (const [i, step] of this.#scenario.steps.entries()) {
      if (step.why !== undefined) this.#account.why(step.why);
      try {
        await this[step.do](this.#nodes.get(step.at), step);
      } catch (error) {
        throw new Error(`line ${this.#scenario.lineOf(i)} of the scenario: ${error.message}`, { cause: error });
      }
    }
  }

  async publish(node, { task, params }) {
    const duration = Math.ceil(params.duration_seconds * this.#pace);
    const { task_id: id } = await node.call("ai_publish_task", { ...params, duration_seconds: duration });
    const published = performance.now();
    const { deadline, content_length: length } = await node.call("ai_get_task_details", { task_id: id });
    this.#tasks.set(id, { label: task, deadline });
    this.#remember(node, "task", id, id);
    this.#account.say(node.name, `publishes "${task}"`, opening(params.description));
    await this.everyone(`the task ${task}`, async (other) => {
      const details = await other.call("ai_get_task_details", { task_id: id }).catch(() => undefined);
      return details?.task_data != null;
    });
    const took = Math.round(performance.now() - published);
    this.#account.say("everybody", "has read it", `${length} bytes of input, checked by each node, in ${took} ms`);
  }

  async submit(node, { task, submission, params }) {
    const taskId = this.#idOf(this.#tasks, task);
    const { record } = await node.call("ai_submit_solution", { ...params, task_id: taskId });
    this.#submissions.set(record.id, { label: submission, taskId });
    this.#remember(node, "submission", record.id, taskId);
    const detail = `${Buffer.byteLength(params.answer ?? "")} bytes that only reviewers may read before the deadline`;
    this.#account.say(node.name, `answers "${task}"`, detail);
  }

  async validate(node, { submission, params }) {
    const id = this.#idOf(this.#submissions, submission);
    // A validator reads the answer before it scores it.
    await this.#until(`${node.name} to hold the answer`, async () => {
      const details = await node.call("ai_get_submission", { submission_id: id }).catch(() => undefined);
      return details?.content ?? undefined;
    });
    const { record } = await node.call("ai_validate_submission", { ...params, submission_id: id });
    this.#remember(node, "validation", record.id, this.#submissions.get(id).taskId);
    const { quality_score: score, reasoning } = params.result?.Approve ?? {};
    this.#account.say(node.name, `scores ${score ?? "it"} of 100`, `"${submission}": ${opening(reasoning)}`);
  }

  async double(node, { submission, score }) {
    const id = this.#idOf(this.#submissions, submission);
    const reach = this.nodes.filter((other) => other !== node && other.running).slice(0, 2);
    const double = { submission_id: id, score, reach: reach.map(({ multiaddr }) => multiaddr) };
    const { record, message } = await node.ask({ double });
    if (record === undefined) throw new Error(`${node.name}: ${message}`);
    const { taskId } = this.#submissions.get(id);
    this.#doubles.push({ node, kind: "validation", id: record, taskId });
    this.#account.say(
      node.name,
      "contradicts itself",
      `signs ${score} for "${submission}" too: ${record.slice(0, 12)}`,
    );
  }

  async revote(node, { submission }) {
    const id = this.#idOf(this.#submissions, submission);
    const reach = this.nodes.filter((other) => other !== node && other.running).slice(0, 2);
    const revote = { submission_id: id, reach: reach.map(({ multiaddr }) => multiaddr) };
    const { votes, message } = await node.ask({ revote });
    if (votes === undefined) throw new Error(`${node.name}: ${message}`);
    this.revoters.push(await this.authorOf(node));
    this.#account.say(
      node.name,
      "votes twice",
      `on "${submission}", for two values: ${votes.map((id) => id.slice(0, 12)).join(" and ")}`,
    );
  }

  /** Waits until everyone who runs sees the submission so. */
  async look(_node, { submission, validators, reached, excluded }) {
    const id = this.#idOf(this.#submissions, submission);
    const task = { task_id: this.#submissions.get(id).taskId };
    const author = excluded === undefined ? undefined : await this.authorOf(this.#nodes.get(excluded));
    const began = performance.now();
    const seen = await this.everyone(`the verdict on ${submission}`, async (node) => {
      const details = await node.call("ai_get_task_details", task);
      const { verdict } = details.submissions.find((counted) => counted.submission_id === id) ?? {};
      const isExcluded = author === undefined || details.excluded_authors.some((entry) => entry.author === author);
      return isExcluded && verdict?.validators === validators && verdict.reached === reached ? verdict : undefined;
    });
    const took = Math.round(performance.now() - began);
    const says = `mean ${seen[0].mean.toFixed(1)} of ${validators}: ${reached ? "agreed" : "no agreement"}`;
    const caught = excluded === undefined ? "" : `, ${excluded} is excluded`;
    this.#account.say("everybody", `on "${submission}"`, `${says}${caught} (${seen.length} nodes, ${took} ms)`);
  }

  async kill(node) {
    await node.kill();
    this.#account.say(node.name, "is killed", "");
  }

  async restart(node) {
    const others = this.nodes.filter((other) => other !== node && other.running);
    const own = this.#acknowledged.filter((record) => record.node === node);
    // The others hold their breath, so that what is found now comes from the node's own disk.
    const pids = others.map(({ pid }) => pid);
    const held = await whilePaused(pids, async () => {
      await this.#start(
        node,
        others.map(({ multiaddr }) => multiaddr),
      );
      return recordsOf(
        node,
        own.map(({ taskId }) => taskId),
      );
    });
    const lost = own.filter(({ id }) => !held.has(id)).length;
    this.restartLost += lost;
    this.#account.say(node.name, "is back on its data", `${lost} of its ${own.length} acknowledged records lost`);
  }

  async join(node) {
    await this.agreement();
    const began = performance.now();
    await this.#start(node, [this.nodes[0].multiaddr]);
    await this.agreement();
    this.lateJoinerCaughtUpMs = Math.round(performance.now() - began);
    const detail = `says the same as all others ${this.lateJoinerCaughtUpMs} ms after its start command`;
    this.#account.say(node.name, "joins late", detail);
  }

  /** Resolves when everyone who runs says the same state digest, for good. */
  agreement() {
    return this.#until("the nodes to agree", async () => {
      const digests = await Promise.all(this.#running.map((node) => digestOf(node, this.settledSeconds)));
      return new Set(digests).size === 1 || undefined;
    });
  }

  /** Resolves when the last validation window is over by the clock of every node. */
  async closing() {
    const open = (status) => status !== "Completed" && status !== "Expired";
    await this.everyone("the validation windows to end", async (node) => {
      const { tasks } = await node.call("ai_list_active_tasks", { status: "all" });
      return !tasks.some(({ status }) => open(status));
    });
  }

  /** The key by which a node's records are signed. */
  async authorOf(node) {
    const { authors } = await node.call("ai_get_network_info");
    return authors[0].key;
  }

  /** Keys by name of all who have a role. */
  async authorsOf(wanted) {
    const names = this.#scenario.cast.filter(({ role }) => role === wanted).map(({ name }) => name);
    const keys = await Promise.all(names.map((name) => this.authorOf(this.#nodes.get(name))));
    return new Map(names.map((name, i) => [name, keys[i]]));
  }

  async #start(node, bootstrap) {
    if (this.#stopped) throw new Error(STOPPED);
    await node.start(bootstrap);
  }

  #until(what, probe) {
    return until(PATIENCE_MS, what, () => {
      if (this.#stopped) throw new Error(STOPPED);
      return probe();
    });
  }

  get #running() {
    return this.nodes.filter((node) => node.running);
  }

  /** What `probe` gives of each node that runs, when it has given something of all of them. */
  everyone(what, probe) {
    return Promise.all(
      this.#running.map((node) =>
        this.#until(`${node.name} to come to ${what}`, async () => (await probe(node)) || undefined),
      ),
    );
  }

  #remember(node, kind, id, taskId) {
    this.#acknowledged.push({ node, kind, id, taskId });
  }

  #idOf(map, label) {
    for (const [id, entry] of map) if (entry.label === label) return id;
    throw new Error(`nothing is called "${label}"`);
  }
}

/** The first sentence of a text, which is enough for an account. */
function opening(text = "") {
  return /^.*?[.?!](?=\s|$)/.exec(text)?.[0] ?? text;
}
