// The scenario file of the nine-node demo. It is read strictly: a mistake is reported with its line before any node
// starts.
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { PlacedError, parseLocated } from "./located-json.mjs";

/** A scenario is read by people; this is some ten times the one that comes with the project. */
const MAX_BYTES = 512 * 1024;

const name = z.string().regex(/^[a-z][a-z0-9-]{0,9}$/, "a name is 1 to 10 characters of a-z, 0-9 and -");
const label = z.string().min(1).max(40);
const score = z.int().min(0).max(100);
const step = { at: name, why: z.string().optional() };
/** What the methods of the API take; the node that is asked judges it. */
const params = z.looseObject({});

const shape = z.strictObject({
  name: label,
  description: z.string(),
  comment: z.string().optional(),
  cast: z
    .array(
      z.strictObject({
        name,
        role: z.enum(["publisher", "miner", "validator", "cheater", "latecomer"]),
        who: z.string(),
      }),
    )
    .min(2)
    .max(32),
  steps: z.array(
    z.discriminatedUnion("do", [
      z.strictObject({
        ...step,
        do: z.literal("publish"),
        task: label,
        params: params.extend({ duration_seconds: z.int().min(5) }),
      }),
      z.strictObject({ ...step, do: z.literal("submit"), task: label, submission: label, params }),
      z.strictObject({ ...step, do: z.literal("validate"), submission: label, params }),
      z.strictObject({ ...step, do: z.literal("double"), submission: label, score }),
      z.strictObject({ ...step, do: z.literal("revote"), submission: label }),
      z.strictObject({
        ...step,
        do: z.literal("look"),
        submission: label,
        validators: z.int().min(0),
        reached: z.boolean(),
        excluded: name.optional(),
      }),
      z.strictObject({ ...step, do: z.literal("kill") }),
      z.strictObject({ ...step, do: z.literal("restart") }),
      z.strictObject({ ...step, do: z.literal("join") }),
    ]),
  ),
});

/** A mistake in what a scenario says, at a path of it. */
class Mistake extends Error {
  constructor(path, message) {
    super(message);
    this.path = path;
  }
}

/**
 * The scenario with `lineOf(stepIndex)`. Rejects with an Error whose message begins `file:line:column:`.
 */
export async function readScenario(path) {
  const text = await readFile(path, "utf8");
  if (text.length > MAX_BYTES) throw new Error(`${path}: a scenario has at most ${MAX_BYTES} bytes`);
  try {
    const located = parseLocated(text);
    const scenario = checked(located);
    return { ...scenario, lineOf: (index) => located.placeOf(["steps", index]).line };
  } catch (error) {
    if (!(error instanceof PlacedError)) throw error;
    throw new Error(`${path}:${error.place.line}:${error.place.column}: ${error.message}`, { cause: error });
  }
}

function checked({ value, placeOf }) {
  const parsed = shape.safeParse(value);
  const wrong = parsed.error?.issues[0];
  if (wrong !== undefined) {
    const path = wrong.code === "unrecognized_keys" ? [...wrong.path, wrong.keys[0]] : wrong.path;
    throw new PlacedError(`${wrong.path.join(".")}: ${wrong.message}`, placeOf(path));
  }
  try {
    new Rehearsal(parsed.data).play();
  } catch (error) {
    if (error instanceof Mistake) throw new PlacedError(error.message, placeOf(error.path));
    throw error;
  }
  return parsed.data;
}

/** Plays the steps without nodes: whether everybody who acts is there, and everything that is named exists. */
class Rehearsal {
  #scenario;
  #roles = new Map();
  #running = new Set();
  #tasks = new Map();
  #submissions = new Map();
  /**
   * By cheater: the tasks in which it scored, each with the step that did, and those in which it contradicted itself.
   */
  #scored = new Map();
  #doubled = new Map();

  constructor(scenario) {
    this.#scenario = scenario;
  }

  play() {
    const { cast, steps } = this.#scenario;
    for (const [i, { name: who, role }] of cast.entries()) {
      if (this.#roles.has(who)) throw new Mistake(["cast", i, "name"], `there are two called ${who}`);
      this.#roles.set(who, role);
      if (role !== "latecomer") this.#running.add(who);
    }
    for (const [i, one] of steps.entries())
      this.#step(one, (field, message) => new Mistake(["steps", i, field], message));
    const away = cast.findIndex(({ name: who }) => !this.#running.has(who));
    if (away >= 0) throw new Mistake(["cast", away], `${cast[away].name} is not running at the end`);
    this.#checkCheaters();
  }

  #step(one, mistake) {
    const role = this.#roles.get(one.at);
    if (role === undefined) throw mistake("at", `nobody is called ${one.at}`);
    const starts = one.do === "restart" || one.do === "join";
    if (starts === this.#running.has(one.at))
      throw mistake("at", `${one.at} ${starts ? "runs already" : "does not run"}`);
    if (one.do === "join" && role !== "latecomer") throw mistake("do", `${one.at} was there from the start`);
    if (one.do === "publish") return this.#add(this.#tasks, "task", one.task, one.at, mistake);
    if ("task" in one && !this.#tasks.has(one.task)) throw mistake("task", `no task "${one.task}" was published`);
    if (one.do === "submit") {
      return this.#add(this.#submissions, "submission", one.submission, { by: one.at, task: one.task }, mistake);
    }
    if ("submission" in one) this.#onSubmission(one, role, mistake);
    if (one.do === "kill") this.#running.delete(one.at);
    if (starts) this.#running.add(one.at);
  }

  #add(map, kind, key, value, mistake) {
    if (map.has(key)) throw mistake(kind, `there is a ${kind} "${key}" already`);
    map.set(key, value);
  }

  #onSubmission(one, role, mistake) {
    const submission = this.#submissions.get(one.submission);
    if (submission === undefined) throw mistake("submission", `there is no submission "${one.submission}" yet`);
    const { by, task } = submission;
    const alone = `${one.at}:${one.submission}`;
    if (one.do === "validate") {
      if (one.at === by || one.at === this.#tasks.get(task)) throw mistake("at", `${one.at} may not validate that`);
      if (this.#scored.has(alone)) throw mistake("submission", `${one.at} has scored that already`);
      this.#scored.set(alone, { at: one.at, task, role, error: mistake("at", "") });
    }
    if (one.do === "double") {
      if (role !== "cheater") throw mistake("at", `${one.at} is no cheater`);
      if (!this.#scored.has(alone)) throw mistake("submission", `${one.at} has not scored that yet`);
      this.#doubled.set(`${one.at}:${task}`, true);
    }
    if (one.do === "revote" && role !== "cheater") throw mistake("at", `${one.at} is no cheater`);
    if (one.do === "look" && one.excluded !== undefined && !this.#roles.has(one.excluded)) {
      throw mistake("excluded", `nobody is called ${one.excluded}`);
    }
  }

  /** A cheater is excluded from the tasks that its doubled records name, so it may act in no other. */
  #checkCheaters() {
    for (const { at, task, role, error } of this.#scored.values()) {
      if (role !== "cheater" || this.#doubled.has(`${at}:${task}`)) continue;
      throw new Mistake(error.path, `${at} scores in the task "${task}" but never contradicts itself there`);
    }
  }
}
