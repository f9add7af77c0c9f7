import { describe, expect, test } from "vitest";
import { BOUNDS, type BoundName } from "../../src/engine/bounds.js";
import { alertsTopic } from "../../src/protocol/strand.js";
import { encodePeerScoreUpdate } from "../../src/protocol/sync-messages.js";
import { encodeAlert, encodeVote } from "../../src/protocol/verdict-messages.js";
import { keyOf, signEnvelope } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { RosterVotes, withRoster } from "../support/simulation/roster-votes.js";
import { author, type Made } from "../support/simulation/story.js";

const MANY = Array.from({ length: 10 }, (_, i) => i);
const STRAND = "040000";

function task(lone: LoneWorld, i: number, seconds = lone.story.nowSeconds): Made {
  return lone.story.task(author(i), lone.story.nowSeconds + 3600, { seconds, number: i });
}

function orphan(lone: LoneWorld, i: number): Made {
  return lone.story.submission(author(i), { taskId: keyOf(`task ${i}`), taskType: 4, t0: lone.story.nowSeconds });
}

function id(i: number): string {
  return (i + 1).toString(16).padStart(32, "0");
}

function peers(lone: LoneWorld): void {
  for (const i of MANY) lone.peer(`p${i}`);
}

function gossipTasks(lone: LoneWorld): void {
  peers(lone);
  for (const i of MANY) lone.gossip(`p${i}`, [task(lone, i).envelope]);
}

function listFor(lone: LoneWorld): void {
  peers(lone);
  lone.request("p0", { kind: "windows", requestId: id(0), strands: [STRAND], fromDay: 0, toDay: 30_000 });
}

function receiveAlerts(lone: LoneWorld, made: readonly string[]): void {
  listFor(lone);
  lone.frame("p0", { kind: "ids", requestId: id(0), strand: STRAND, window: 7, last: true, ids: [...made].sort() });
}

/** The commit of the first one is a quorum; the second one is the node itself. */
const VOTERS = [
  { key: author(20), weight: 10 },
  { key: keyOf("lone"), weight: 1 },
].sort((a, b) => (a.key < b.key ? -1 : 1));

/** Answers to tasks whose validation window is over. */
function answers(lone: LoneWorld): Made[] {
  const { story, node } = lone;
  const deadline = story.nowSeconds - 90_000;
  return MANY.map((i) => {
    const made = story.publish(node, story.task(author(30), deadline, { seconds: deadline - 60, number: i }));
    return story.publish(node, story.submission(author(31), made.task, { seconds: deadline - 1, number: i }));
  });
}

function damaged(envelope: Uint8Array): Uint8Array {
  const copy = envelope.slice();
  copy[copy.length - 1] = (copy[copy.length - 1] as number) ^ 1;
  return copy;
}

function alerts(lone: LoneWorld): void {
  peers(lone);
  for (const i of MANY) {
    const pair = ["x", "y"].map((text) => lone.story.submission(author(i), orphan(lone, i).task, {}, text));
    const [first, second] = pair.sort((a, b) => (a.id < b.id ? -1 : 1)) as [Made, Made];
    const payload = encodeAlert({ alertKind: 2, first: first.envelope, second: second.envelope });
    const fields = { type: 7, sender: author(i), timestampSeconds: lone.story.nowSeconds } as const;
    lone.gossip("p0", [signEnvelope(lone.identity, fields, payload)], alertsTopic(3));
  }
}

/** For each structure, input of peers that fills it. */
const FILL: Readonly<Record<BoundName, (lone: LoneWorld) => void>> = {
  members: gossipTasks,
  open_records: gossipTasks,
  task_summaries: gossipTasks,
  scored_peers: gossipTasks,
  missing_bodies: gossipTasks,
  body_refusers: (lone) => {
    gossipTasks(lone);
    for (let i = 0; i < 20; i++) {
      lone.clock.advance(1000);
      for (const name of MANY.map((at) => `p${at}`)) {
        for (const requestId of lone.asked(name, "body")) {
          lone.respond(name, { requestId, status: "unknown", items: 0, bytes: 0n });
        }
      }
    }
  },
  bodies_in_flight: (lone) => {
    gossipTasks(lone);
    lone.clock.advance(1500);
  },
  body_bytes_in_flight: (lone) => {
    gossipTasks(lone);
    lone.clock.advance(1500);
  },
  batches: (lone) => {
    lone.node.stalled.add("verified");
    gossipTasks(lone);
  },
  envelopes_in_flight: (lone) => {
    lone.node.stalled.add("verified");
    gossipTasks(lone);
  },
  early_records: (lone) => {
    peers(lone);
    const ahead = lone.story.nowSeconds + 400;
    for (const i of MANY) lone.gossip("p0", [lone.story.task(author(i), ahead + 60, { seconds: ahead }).envelope]);
  },
  own_bundle_records: (lone) => {
    for (const i of MANY) lone.story.publish(lone.node, task(lone, i));
  },
  seen_bundles: (lone) => {
    for (const i of MANY) {
      lone.story.publish(lone.node, task(lone, i));
      lone.clock.advance(10);
    }
  },
  peers,
  suspects: (lone) => {
    peers(lone);
    for (const i of MANY) lone.gossip(`p${i}`, [damaged(task(lone, i).envelope)]);
  },
  refused_ids: (lone) => {
    const old = MANY.map((i) => {
      const seconds = lone.story.nowSeconds - 60 * 86_400;
      return lone.story.task(author(i), seconds + 60, { seconds });
    });
    receiveAlerts(
      lone,
      old.map((made) => made.id),
    );
    lone.frame("p0", { kind: "ids", requestId: id(0), strand: STRAND, window: 2 ** 32 - 1, last: true, ids: [] });
    lone.records(
      "p0",
      id(0),
      old.map(({ envelope }) => envelope),
    );
  },
  request_ids: (lone) => {
    peers(lone);
    for (const i of MANY) lone.request("p0", { kind: "list", requestId: id(i), hash: keyOf("list") });
  },
  requests_served: (lone) => {
    gossipTasks(lone);
    lone.node.stalled.add("served");
    const [made] = [lone.story.publish(lone.node, task(lone, 11))];
    for (const i of MANY) lone.request(`p${i}`, { kind: "task", requestId: id(i), task: made.task, flags: 1 });
  },
  bundles_served: (lone) => {
    peers(lone);
    lone.node.stalled.add("served");
    for (const i of MANY) lone.request(`p${i}`, { kind: "bodies", requestId: id(i), hashes: [keyOf("body")] });
  },
  body_news: (lone) => {
    gossipTasks(lone);
    const wanted = lone.node.effects.flatMap((effect) =>
      effect.kind === "send_request" && effect.request.kind === "body" ? [effect.request.hash] : [],
    );
    lone.request("p0", { kind: "bodies", requestId: id(0), hashes: [...new Set(wanted)] });
  },
  ended_requests: (lone) => {
    peers(lone);
    for (const i of MANY) {
      lone.request(`p${i}`, { kind: "windows", requestId: id(i), strands: [STRAND], fromDay: 0, toDay: 30_000 });
      lone.node.step({ kind: "peer_gone", peer: `p${i}` });
    }
  },
  window_exchanges: (lone) => {
    peers(lone);
    for (const i of MANY) lone.peer(`d${i}`, { dialed: true });
    for (const i of MANY) {
      lone.request(`p${i}`, { kind: "windows", requestId: id(i), strands: [STRAND], fromDay: 0, toDay: 30_000 });
    }
  },
  listed_ids: (lone) => {
    for (const i of MANY) {
      lone.story.publish(
        lone.node,
        lone.story.task(author(i), lone.story.nowSeconds, { seconds: lone.story.nowSeconds - 700 * (i + 1) }),
      );
    }
    listFor(lone);
  },
  wanted_ids: (lone) =>
    receiveAlerts(
      lone,
      MANY.map((i) => keyOf(`wanted ${i}`)),
    ),
  pending_tasks: (lone) => {
    for (const i of MANY) lone.story.publish(lone.node, orphan(lone, i));
  },
  given_up: (lone) => {
    for (const i of MANY) lone.story.publish(lone.node, orphan(lone, i));
    lone.node.engine.step({ kind: "tick" }, lone.clock.nowMs + 3_700_000);
  },
  first_held: (lone) => {
    for (const i of MANY) lone.story.publish(lone.node, orphan(lone, i));
  },
  own_bodies: (lone) => {
    for (const i of MANY) {
      lone.node.step({ kind: "own_body", hash: keyOf(`body ${i}`), taskId: keyOf("task"), bytes: new Uint8Array(1) });
    }
  },
  held_bodies: (lone) => {
    for (const i of MANY) lone.story.publish(lone.node, task(lone, i));
  },
  votes: (lone) => {
    peers(lone);
    for (const i of MANY) {
      const ids = { submissionId: keyOf("s"), roster: keyOf("r"), value: keyOf("v") };
      const payload = encodeVote({ task: orphan(lone, 0).task, ...ids, round: 0, step: "prepare", held: 0 });
      const fields = { type: 6, sender: author(i), timestampSeconds: lone.story.nowSeconds } as const;
      lone.records("p0", "0".repeat(32), [signEnvelope(lone.identity, fields, payload)]);
    }
  },
  own_polls: (lone) => {
    answers(lone);
    lone.clock.advance(2000);
  },
  verdict_lists: (lone) => {
    peers(lone);
    answers(lone);
    lone.clock.advance(60_000);
  },
  wanted_lists: (lone) => {
    peers(lone);
    for (const [i, answer] of answers(lone).entries()) {
      const subject = { publisher: author(30), submission: answer, submitter: author(31) };
      const votes = new RosterVotes(lone.identity, VOTERS, subject, []);
      const vote = votes.vote(author(20), lone.story.nowSeconds, { value: keyOf(`unknown ${i}`) });
      lone.records("p0", "0".repeat(32), [vote]);
    }
    lone.clock.advance(3000);
  },
  alerts,
  alerts_due: (lone) => {
    for (const i of MANY) {
      const made = task(lone, i);
      for (const text of ["x", "y"]) {
        lone.story.publish(lone.node, lone.story.submission(author(i), made.task, {}, text));
      }
      lone.story.publish(lone.node, made);
    }
  },
  alerts_in_check: (lone) => {
    lone.node.stalled.add("scanned");
    alerts(lone);
  },
  reported_scores: (lone) => {
    peers(lone);
    for (const i of MANY) lone.reportScores(`p${i}`, encodePeerScoreUpdate([{ key: keyOf("x"), basisPoints: 1 }]));
  },
  task_loads: (lone) => {
    peers(lone);
    const made = MANY.map((i) => lone.story.publish(lone.node, task(lone, i)));
    lone.node.engine.step({ kind: "tick" }, lone.clock.nowMs + 3 * 86_400_000);
    lone.node.stalled.add("task_loaded");
    made.forEach(({ task: ref }, i) => {
      lone.request(`p${i}`, { kind: "task", requestId: id(i), task: ref, flags: 1 });
    });
  },
};

describe("every bounded structure holds its cap", () => {
  test.each(Object.keys(BOUNDS) as BoundName[])("%s", (name) => {
    const cap = name === "body_bytes_in_flight" ? 500 : 3;
    const lone = new LoneWorld({ limits: { [name]: cap } }, withRoster(VOTERS));
    FILL[name](lone);
    const size = lone.node.engine.sizes()[name];
    expect(size).toBeLessThanOrEqual(cap);
    expect(size).toBeGreaterThan(name === "body_bytes_in_flight" ? 100 : 2);
    expect(BOUNDS[name].reason.length).toBeGreaterThan(10);
  });
});
