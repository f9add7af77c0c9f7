import { expect, test } from "vitest";
import type { ChainFacts, RosterFrom } from "../../src/engine/chain-facts.js";
import type { DatedRoster } from "../../src/engine/events.js";
import { toHex } from "../../src/protocol/bytes.js";
import { rosterDigest } from "../../src/protocol/digests.js";
import { dayOf } from "../../src/protocol/membership.js";
import { blake3, identityOf, keyOf } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { START_SECONDS } from "../support/simulation/story.js";
import { EVERYONE } from "../support/simulation/world.js";

const TODAY = dayOf(START_SECONDS);
const OLD = { fromDay: 3, members: [{ key: keyOf("a"), weight: 1 }] };
const NEW = { fromDay: TODAY - 1, members: [{ key: keyOf("b"), weight: 2 }] };
const LATER = { fromDay: TODAY + 1, members: [{ key: keyOf("c"), weight: 3 }] };

function factsWith(...rosters: RosterFrom[]): ChainFacts {
  return { ...EVERYONE, rosters };
}

function dated(...rosters: RosterFrom[]): DatedRoster[] {
  const { genesis } = identityOf();
  return rosters.map(({ fromDay: day, members }) => ({
    day,
    digest: toHex(rosterDigest(blake3, genesis, day, members)),
  }));
}

function relations({ node: { engine } }: LoneWorld): (string | undefined)[] {
  return engine.peerReports(START_SECONDS).map(({ roster }) => roster);
}

test("a peer's roster of the day before the connection is compared, and rosters of later days are not", () => {
  const lone = new LoneWorld({}, factsWith(OLD, NEW));
  lone.peer("same", { rosters: dated(OLD, NEW) });
  lone.peer("informed", { rosters: dated(OLD, NEW, LATER) });
  lone.peer("behind", { rosters: dated(OLD) });
  lone.peer("other", { rosters: dated(OLD, { ...NEW, members: OLD.members }) });
  lone.peer("without", { rosters: [] });
  expect(relations(lone)).toEqual(["equal", "equal", "differs", "differs", "none"]);
  expect(lone.node.engine.rosterFault()).toEqual({ differing: 2, comparable: 4 });
  expect(["behind", "other"].flatMap((peer) => lone.faultsOf(peer))).toEqual([]);
});

test("one peer with another roster among three is no fault of this node", () => {
  const lone = new LoneWorld({}, factsWith(NEW));
  for (const peer of ["a", "b"]) lone.peer(peer, { rosters: dated(NEW) });
  lone.peer("liar", { rosters: dated(OLD) });
  expect(lone.node.engine.rosterFault()).toBeUndefined();
  lone.node.step({ kind: "peer_gone", peer: "a" });
  expect(lone.node.engine.rosterFault()).toEqual({ differing: 1, comparable: 2 });
});

test("a roster that this node learns later is compared with those of its peers", () => {
  const lone = new LoneWorld({}, factsWith());
  lone.peer("a", { rosters: dated(NEW) });
  expect(relations(lone)).toEqual(["none"]);
  lone.node.step({ kind: "chain", facts: factsWith(NEW) });
  expect(relations(lone)).toEqual(["equal"]);
  lone.node.step({ kind: "chain", facts: factsWith(OLD) });
  expect(lone.node.engine.rosterFault()).toEqual({ differing: 1, comparable: 1 });
});
