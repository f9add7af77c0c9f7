import { KeptMessages } from "../../src/engine/alerts/index.js";
import { BallotBox, ListShelf } from "../../src/engine/ballots/index.js";
import { type Limits, limitsOf } from "../../src/engine/bounds.js";
import { Context } from "../../src/engine/context.js";
import type { EngineEffect } from "../../src/engine/effects.js";
import { EventLog } from "../../src/engine/event-log.js";
import { ConsensusTracker } from "../../src/engine/fold/index.js";
import { PeerCredit, PeerScoring, Peers } from "../../src/engine/peers/index.js";
import { BodyBook, RecordSet } from "../../src/engine/set/index.js";
import { blake3, identityOf, keyOf } from "../support/simulation/fake-signer.js";
import { START_SECONDS } from "../support/simulation/story.js";
import { EVERYONE } from "../support/simulation/world.js";

/** The parts that the folders of the engine share, without the engine. */
export class EngineParts {
  readonly identity = identityOf();
  readonly context: Context;
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
  readonly peers: Peers;
  readonly scoring = new PeerScoring();
  readonly credit: PeerCredit;
  readonly kept: KeptMessages;
  readonly ballots: BallotBox;
  readonly lists: ListShelf;
  readonly events: EventLog;
  readonly book: BodyBook;

  constructor(overrides: Partial<Limits> = {}) {
    const { identity } = this;
    const limits = limitsOf(overrides);
    const keys = { nodeKey: keyOf("node"), authors: [], seed: blake3(new Uint8Array()) };
    this.context = new Context({ identity, blake3, ...keys, taskTypes: [0, 1, 2, 3, 4, 5], limits });
    this.context.facts = EVERYONE;
    this.setClock(0);
    this.set = new RecordSet(blake3, identity.rules, { maxRecords: limits.members });
    this.tracker = new ConsensusTracker({ blake3, rules: identity.rules, set: this.set });
    this.peers = new Peers(limits);
    this.credit = new PeerCredit(this.context, this.peers, this.scoring);
    this.kept = new KeptMessages(this.context);
    const { context, set, tracker } = this;
    this.lists = new ListShelf(context);
    this.ballots = new BallotBox({ context, set, tracker, lists: this.lists, load: () => undefined });
    this.events = new EventLog(this.context, this.tracker, []);
    this.book = new BodyBook(limits.held_bodies);
  }

  /** Sets the clock to this many seconds after the start. */
  setClock(seconds: number): void {
    this.context.setClock((START_SECONDS + seconds) * 1000);
  }

  connect(peer: string, dialed = false): void {
    const { registryDigest, registryTimeSeconds } = EVERYONE;
    const registry = { registryDigest, registryTimeSeconds, rosters: [] };
    const facts = { peer, key: keyOf(`node ${peer}`), dialed, chosen: dialed, addressGroup: peer, salt: keyOf("salt") };
    const interests = this.context.recordStrands();
    this.peers.ready({ ...facts, ...registry, interests, features: [], agent: "test" }, this.context.nowMs);
  }

  /** Effects since the last call, of one kind. */
  take<K extends EngineEffect["kind"]>(kind: K): Extract<EngineEffect, { kind: K }>[] {
    return this.context.out
      .take()
      .filter((effect): effect is Extract<EngineEffect, { kind: K }> => effect.kind === kind);
  }
}
