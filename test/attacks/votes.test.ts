import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { toHex } from "../../src/protocol/bytes.js";
import { MessageType } from "../../src/protocol/envelope.js";
import { encodeVote } from "../../src/protocol/verdict-messages.js";
import { Adversary, TOPIC } from "./adversary.js";
import { type Forged, forge, newAuthor, nowSeconds } from "./forge.js";
import { WatchedNode } from "./watched-node.js";

let victim: WatchedNode;
let honest: WatchedNode;

beforeEach(async () => {
  victim = await WatchedNode.start();
  honest = await WatchedNode.start({ bootstrap: [victim.address] });
  await honest.until("the hello", () => honest.control.peers().length === 1);
});

afterEach(async () => {
  await honest?.stop();
  await victim?.stop();
});

test("a voter that shows each of two nodes another vote is accused by one of them, with both votes", async () => {
  const voter = newAuthor();
  const task = { taskId: "cd".repeat(32), taskType: 0, t0: nowSeconds() };
  const voteFor = (value: string): Forged => {
    const ballot = { task, submissionId: "ce".repeat(32), roster: "cf".repeat(32), round: 0, held: 0 } as const;
    return forge(voter, encodeVote({ ...ballot, step: "prepare", value }), { type: MessageType.ConsensusVote });
  };
  const votes = ["a1", "a2"].map((byte) => voteFor(byte.repeat(32)));
  for (const [at, node] of [victim, honest].entries()) {
    const adversary = await Adversary.join(node);
    const { envelope } = votes[at] as Forged;
    await adversary.gossip(encodeBundle([envelope]), TOPIC);
  }
  const proof = votes.map(({ id }) => id).sort();
  const alerts = [];
  for (const node of [victim, honest]) {
    await node.until("the alert", () => node.control.fraudAlerts(task.taskId, 10).length > 0);
    const [alert] = node.control.fraudAlerts(task.taskId, 10);
    expect(alert).toMatchObject({ alertKind: 3, equivocator: toHex(voter.publicKey), recordIds: proof });
    alerts.push(alert);
  }
  const nodeKeys = [victim, honest].map(({ control }) => control.info().nodeKey);
  for (const alert of alerts) expect(nodeKeys).toContain(alert?.signer);
});
