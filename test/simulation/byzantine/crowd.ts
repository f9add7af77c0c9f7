import { decodeBundle } from "../../../src/protocol/bundle.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import type { SimNet } from "../network/sim-net.js";
import type { SimNode } from "../node/sim-node.js";
import type { Random } from "../world/random.js";
import type { Schedule } from "../world/schedule.js";
import type { ByzantineAuthor } from "./author.js";
import { type ByzantineSettings, portOf } from "./draw.js";
import { BEHAVIOURS, type BehaviourKind } from "./kinds.js";
import { ByzantinePeer, visitorOf } from "./peer.js";
import { type PeerRecord, readRecord } from "./records.js";

/** All peers start within this time. */
const STARTS_MS = 8000;
/** With fewer honest nodes one address group is a third or more of those around a node. */
const LEAST_NODES = 4;

export interface CrowdPorts {
  readonly schedule: Schedule;
  readonly net: SimNet;
  readonly identity: NetworkIdentity;
  /** Addresses of honest nodes. */
  readonly bootstrap: readonly string[];
  /** The half of the network to which a node belongs, by its peer id. */
  half(peer: string): 0 | 1;
  /** The chain, if there is one, registers the key. */
  register(key: string): void;
  /** A line of the trace. */
  log(name: string, text: string): void;
  /** Takes work that no one waits for. A rejection ends the run. */
  background(work: Promise<void>): void;
}

/** A key that signed two records for one slot or one subject. */
export interface Contradiction {
  readonly author: string;
  readonly ids: readonly [string, string];
  readonly taskIds: readonly string[];
  /** Submissions that the two validate. A node that lacks one sees no contradiction. */
  readonly submissionIds: readonly string[];
}

/** What the simulator knows of the doings of all byzantine peers of a run. */
export class CrowdBook {
  /** Acts by behaviour. */
  readonly acts = new Map<BehaviourKind, number>();
  /** Hashes of bodies that byzantine peers announced, with the records that announce each: nobody owes them. */
  readonly bodies = new Map<string, number>();
  readonly contradictions: Contradiction[] = [];
  readonly #forged = new Set<string>();
  readonly #keys = new Set<string>();
  readonly #read = new WeakMap<Uint8Array, readonly PeerRecord[]>();
  readonly #ports: Pick<CrowdPorts, "log" | "register" | "identity">;

  constructor(ports: Pick<CrowdPorts, "log" | "register" | "identity">) {
    this.#ports = ports;
  }

  acted(name: string, kind: string, text: string): void {
    const known = BEHAVIOURS.find((one) => one === kind);
    if (known === undefined) return;
    this.acts.set(known, (this.acts.get(known) ?? 0) + 1);
    this.#ports.log(name, `${kind}: ${text}`);
  }

  /** Acts of all peers. */
  get actCount(): number {
    let sum = 0;
    for (const count of this.acts.values()) sum += count;
    return sum;
  }

  /** The records of a bundle. Messages of gossip are shared by all peers. */
  read(bundle: Uint8Array): readonly PeerRecord[] {
    const known = this.#read.get(bundle);
    if (known !== undefined) return known;
    const { identity } = this.#ports;
    const envelopes = decodeBundle(bundle, identity.rules);
    const records = envelopes.ok ? envelopes.value.flatMap((one) => readRecord(identity, one) ?? []) : [];
    this.#read.set(bundle, records);
    return records;
  }

  own(author: ByzantineAuthor): ByzantineAuthor {
    this.#keys.add(author.key);
    this.#ports.register(author.key);
    return author;
  }

  isOwn({ author }: PeerRecord): boolean {
    return this.#keys.has(author);
  }

  made({ payload }: PeerRecord): void {
    if (!("body" in payload) || payload.body === undefined) return;
    const { hash } = payload.body;
    this.bodies.set(hash, (this.bodies.get(hash) ?? 0) + 1);
  }

  forged(id: string): void {
    this.#forged.add(id);
  }

  /** No key signed a record with this id, or no node may admit it. */
  isForged(id: string): boolean {
    return this.#forged.has(id);
  }

  contradicted([first, second]: readonly [PeerRecord, PeerRecord]): void {
    const taskIds = [...new Set([first.task.taskId, second.task.taskId])];
    const submissionIds = [first, second].flatMap(({ payload }) =>
      payload.kind === "validation" ? [payload.submissionId] : [],
    );
    this.contradictions.push({ author: first.author, ids: [first.id, second.id], taskIds, submissionIds });
  }
}

/** The byzantine peers of a run. */
export class Crowd {
  readonly settings: readonly ByzantineSettings[];
  readonly book: CrowdBook;
  /** Names of all peers. */
  readonly names: readonly string[];
  readonly #ports: CrowdPorts;
  readonly #random: Random;
  readonly #peers: { readonly peer: ByzantinePeer; readonly goesOn: boolean }[] = [];

  constructor(ports: CrowdPorts, settings: readonly ByzantineSettings[], nodes: number, random: Random) {
    this.#ports = ports;
    this.settings = settings;
    this.#random = random;
    this.book = new CrowdBook(ports);
    this.names = settings.flatMap(({ name, identities, behaviours }) => {
      const own = Array.from({ length: identities }, (_, identity) => (identity === 0 ? name : `${name}.${identity}`));
      return behaviours.includes("stranger") ? [...own, ...own.map(visitorOf)] : own;
    });
    this.mayDisturb = settings.some(({ goesOn, isBootstrap }) => goesOn && (isBootstrap || nodes < LEAST_NODES));
  }

  /**
   * Peers that go on after the faults may keep an honest node from saying that it is in sync: they have a third or more
   * of the address groups around it, or it dialled one of them.
   */
  readonly mayDisturb: boolean;

  /** Whether a node dialled a peer that goes on, at an address that another peer named. */
  isDialledBy({ control }: Pick<SimNode, "control">): boolean {
    const going = this.settings.filter(({ goesOn }) => goesOn).map(({ ip }) => `/ip4/${ip}/`);
    return (
      control?.peers().some(({ dialed, multiaddr }) => dialed && going.some((ip) => multiaddr?.startsWith(ip))) === true
    );
  }

  start(): void {
    for (const [i, { name, ip, behaviours, identities, goesOn, isBootstrap }] of this.settings.entries()) {
      const random = this.#random.fork(name);
      for (let identity = 0; identity < identities; identity++) {
        const options = {
          name: identity === 0 ? name : `${name}.${identity}`,
          ip,
          port: portOf(i, identity),
          bootstrap: isBootstrap && identity === 0 ? [] : this.#ports.bootstrap,
          behaviours,
          random: random.fork(String(identity)),
        };
        const peer = new ByzantinePeer(this.#ports, this.book, options);
        this.#peers.push({ peer, goesOn });
        this.#ports.schedule.after(random.below(STARTS_MS), undefined, () => {
          if (identity > 0) this.book.acted(name, "identities", `starts ${options.name}`);
          this.#ports.background(peer.start(options));
        });
      }
    }
  }

  /** The keys with which the started peers take part. */
  get memberKeys(): string[] {
    return this.#peers.flatMap(({ peer }) => peer.memberKey ?? []);
  }

  /** The end of the faults: some peers leave, the others start nothing new. */
  heal(): void {
    for (const { peer, goesOn } of this.#peers) {
      peer.quiet();
      if (!goesOn) this.#ports.background(peer.stop());
    }
  }
}
