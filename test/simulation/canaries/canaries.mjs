/**
 * Deliberately broken builds. Each must be caught by its checker within `seeds` seeds, or the checker is worth nothing.
 * `patches` change the product's source text in the bundle only; `options` are those of a run, `rates` faults a minute.
 */

const CRASHES = { crash: 3 };
const POWER_CUTS = { power_cut: 3 };
/** Peers exchange nothing: only gossip spreads records. */
const NO_EXCHANGE = {
  file: "src/manager/outbound/effect-runner.ts",
  find: "diskReader.frames(senders(effect.peer), effect.requestId, effect.frames);",
  replace: "",
};

export const CANARIES = [
  {
    name: "the digest has the tasks in the order in which they came",
    check: "equal_state",
    patches: [
      {
        file: "src/engine/fold/task-digests.ts",
        find: "this.#days = new WindowIndex((a, b) => this.#table.compare(a, b));",
        replace: "this.#days = new WindowIndex((a, b) => a - b);",
      },
    ],
    options: { rates: {} },
    seeds: 3,
  },
  {
    name: "a record is acknowledged before the disk has it",
    check: "nothing_lost",
    patches: [
      { file: "src/manager/outbound/effect-runner.ts", find: "if (!effect.sync) continue;", replace: "continue;" },
      {
        file: "src/manager/outbound/effect-runner.ts",
        find: "this.#ports.writer.write(writes, sync)",
        replace: "this.#ports.writer.write(writes, false)",
      },
    ],
    options: { rates: { power_cut: 12 }, recordsPerSecond: 3 },
    seeds: 10,
  },
  {
    name: "the signing log is not synced, and the set does not teach it",
    check: "no_equivocation",
    patches: [
      { file: "src/storage/signing/signing-file.ts", find: "await this.#handle.datasync();", replace: "" },
      {
        file: "src/manager/assembly/build-storage.ts",
        find: "members: (records) => authors.learn(records, nowSeconds),",
        replace: "members: async () => undefined,",
      },
      { file: "src/manager/publish/first-exchange.ts", find: "await this.#waiting;", replace: "" },
    ],
    options: { rates: POWER_CUTS },
    seeds: 10,
  },
  {
    name: "a peer is charged with a record that gossip brought while it was requested",
    check: "no_false_charge",
    patches: [
      {
        file: "src/engine/intake/message-processor.ts",
        find: "      bundle.duplicates++;\n      if",
        replace:
          '      if (source.kind === "sync") this.#credit.fault(source.peer, "unsolicited"); bundle.duplicates++;\n      if',
      },
    ],
    options: { rates: CRASHES },
    seeds: 5,
  },
  {
    name: "a record with a false signature counts as signed",
    check: "forged",
    patches: [
      {
        file: "src/engine/intake/message-processor.ts",
        find: "} else if (verdict !== 0) {",
        replace: "} else if (verdict < 0) {",
      },
    ],
    options: { rates: {}, minutes: 1, byzantine: 1, behaviours: ["forge"] },
    seeds: 2,
  },
  {
    name: "no node makes an alert",
    check: "equivocators",
    patches: [
      {
        file: "src/engine/alerts/alert-maker.ts",
        find: 'out.emit({ kind: "send_alert", alertKind: alert.alertKind, firstId, secondId });',
        replace: "",
      },
    ],
    options: { rates: {}, minutes: 1, byzantine: 1, behaviours: ["equivocate_slot"] },
    seeds: 2,
  },
  {
    name: "a full map drops nothing",
    check: "bounds",
    patches: [
      {
        file: "src/engine/bounded/bounded-map.ts",
        find: "if (this.#map.size >= this.#cap) {",
        replace: "if (this.#map.size < 0) {",
      },
      { file: "src/engine/bounds.ts", find: "first_held: {\n    cap: 100_000,", replace: "first_held: {\n    cap: 3," },
    ],
    options: { rates: {} },
    seeds: 3,
  },
  {
    name: "no window exchange is answered",
    check: "convergence",
    patches: [NO_EXCHANGE],
    options: { rates: CRASHES, healSeconds: 120 },
    seeds: 5,
  },
  {
    name: "a node without exchanges says that it is in sync",
    check: "in_sync_true",
    patches: [
      NO_EXCHANGE,
      {
        file: "src/engine/sync/sync-votes.ts",
        find: "  const equalPeers = votes.filter(({ equal }) => equal === true).length;\n",
        replace: "  const equalPeers = votes.length; if (equalPeers >= 0) return true;\n",
      },
    ],
    options: { rates: { leave: 0.3 }, minutes: 25, recordsPerSecond: 0.1, healSeconds: 10 },
    seeds: 5,
  },
  {
    name: "a start leaves out some records",
    check: "restart",
    patches: [
      {
        file: "src/manager/assembly/restore-tasks.ts",
        find: "    engine.restoreMember(entry);",
        replace: '    if (entry.id.startsWith("0")) continue;\n    engine.restoreMember(entry);',
      },
    ],
    options: { rates: CRASHES },
    seeds: 5,
  },
  {
    name: "a start uses checkpoints of tasks that changed, and does not compare the windows",
    check: "restart",
    patches: [
      {
        file: "src/engine/checkpoints/task-checkpoints.ts",
        find: "if (this.#unsaved.changed(taskId)) this.#ports",
        replace: "if (this.#unsaved.changed(taskId) && false) this.#ports",
      },
      {
        file: "src/manager/assembly/restore-tasks.ts",
        find: "if (!hasAllWindows(windows, engine))",
        replace: "if (false)",
      },
    ],
    options: { rates: CRASHES, minutes: 3 },
    seeds: 5,
  },
  {
    name: "a start repeats the numbers of the last events",
    check: "api_promises",
    patches: [
      {
        file: "src/manager/assembly/event-numbers.ts",
        find: "return Math.max(newest, note.sequence) + SKIPPED_NUMBERS;",
        replace: "return Math.max(0, newest - 5);",
      },
    ],
    options: { rates: CRASHES },
    seeds: 5,
  },
  {
    name: "a caller gets no answer",
    check: "answers",
    patches: [
      {
        file: "src/manager/outbound/effect-runner.ts",
        find: "this.#ports.ownResult(effect);\n        return;",
        replace: "return;\n",
      },
    ],
    options: { rates: {}, minutes: 5 },
    seeds: 2,
  },
  {
    name: "a rare effect throws",
    check: "no_escape",
    patches: [
      {
        file: "src/manager/outbound/effect-runner.ts",
        find: "diskReader.bodies(senders(effect.peer), effect.requestId, effect.bodies);",
        replace: 'throw new TypeError("canary");',
      },
    ],
    options: { rates: {} },
    seeds: 3,
  },
  {
    name: "the clock of the engine never rests",
    check: "work",
    patches: [{ file: "src/manager/clock.ts", find: "const TICK_MS = 500;", replace: "const TICK_MS = 1;" }],
    options: { rates: {} },
    seeds: 2,
  },
  {
    name: "one vote is a quorum",
    check: "one_verdict",
    patches: [
      {
        file: "src/protocol/electorate.ts",
        find: "quorum: Math.floor(Math.max(2 * total, weightOf(roster)) / 3) + 1,",
        replace: "quorum: 1,",
      },
    ],
    options: { scenario: "consensus", nodes: 7, minutes: 6, recordsPerSecond: 0.3, healSeconds: 1200 },
    seeds: 5,
  },
];
