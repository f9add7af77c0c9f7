import type { ReasonCode } from "../../protocol/errors.js";
import type { Frame } from "../../protocol/frames.js";
import type { TaskRef } from "../../protocol/records.js";
import { recordStrand } from "../../protocol/strand.js";
import { NO_REQUEST, type SyncRequest, type SyncResponse } from "../../protocol/sync-messages.js";
import type { KeptMessages } from "../alerts/index.js";
import type { BallotBox, ListShelf } from "../ballots/index.js";
import { BodyFetch, BodyRights } from "../bodies/index.js";
import type { Context } from "../context.js";
import { ListFetch, RequestBook, Serving, TaskExchange } from "../exchange/index.js";
import type { ConsensusTracker } from "../fold/index.js";
import type { Candidate, Outcome, SyncExchanges, Wanted } from "../intake/index.js";
import {
  type Peer,
  type PeerCredit,
  type PeerScoring,
  type Peers,
  type RegistryCompare,
  RosterCompare,
} from "../peers/index.js";
import type { BodyBook, RecordSet } from "../set/index.js";
import { RegistryNews } from "./registry-news.js";
import type { SyncBook } from "./sync-report.js";
import { WindowSync } from "./window-sync.js";

/** Time between two readings of a peer's clock: a clock that drifts or is set is found within minutes. */
const CLOCK_READ_MS = 60_000;

export interface ExchangesPorts {
  readonly context: Context;
  readonly peers: Peers;
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
  readonly kept: KeptMessages;
  readonly ballots: BallotBox;
  readonly lists: ListShelf;
  readonly scoring: PeerScoring;
  readonly credit: PeerCredit;
  readonly syncBook: SyncBook;
  readonly bodies: BodyBook;
  /** Records of a task. Undefined: they are not in memory, and their load is requested. */
  taskRecords(taskId: string): readonly { readonly id: string; readonly type: number }[] | undefined;
  /** The verdict list of a value, for a peer. */
  list(value: string): Uint8Array | undefined;
  /** A verdict list that was asked for is here. */
  listed(value: string): void;
}

/** Requests and answers on the sync streams of all peers: window exchanges, tasks, bodies and served requests. */
export class Exchanges implements SyncExchanges {
  readonly windows: WindowSync;
  readonly tasks: TaskExchange;
  readonly bodies: BodyFetch;
  readonly lists: ListFetch;
  readonly serving: Serving;
  /** Comparison of the rosters of peers with those of this node. */
  readonly rosters = new RosterCompare();
  readonly #ports: ExchangesPorts;
  readonly #ended: RequestBook;
  readonly #news: RegistryNews;
  readonly #rights: BodyRights;
  /** Ranked peers by strand, for one step; at most one entry for each held strand. */
  readonly #rankedBy = new Map<string, readonly string[]>();
  #rankedAtMs = -1;

  constructor(ports: ExchangesPorts) {
    const { context, peers, set, tracker, kept, ballots } = ports;
    this.#ports = ports;
    this.#ended = new RequestBook(context.limits.ended_requests);
    this.#rights = new BodyRights(context, tracker);
    this.#news = new RegistryNews(context, peers);
    const shared = {
      context,
      peers,
      closed: (peer: string, requestId: string): void => this.#ended.close(peer, requestId),
      helpful: (peer: string): void => ports.credit.helpful(peer),
      fault: (peer: string, code: ReasonCode): void => ports.credit.fault(peer, code),
      ranked: (task: TaskRef): readonly string[] => this.#ranked(task),
    };
    this.windows = new WindowSync({ ...shared, set, book: ports.syncBook });
    this.tasks = new TaskExchange({
      ...shared,
      isAnnounced: (taskId) => set.has(taskId),
    });
    this.bodies = new BodyFetch({
      ...shared,
      book: ports.bodies,
      deadlineMs: (taskId) => this.#rights.deadlineMs(taskId),
      access: (kind, taskId) => this.#rights.access(kind, taskId),
    });
    this.lists = new ListFetch({ ...shared, lists: ports.lists, listed: ports.listed });
    this.serving = new Serving({
      ...shared,
      kept,
      ballots,
      taskRecords: ports.taskRecords,
      list: ports.list,
      body: (hash) => ports.bodies.get(hash),
      isWaited: ({ hash }) => this.bodies.isWaited(hash),
      lacking: (peer, hash) => this.bodies.lacking(peer, hash),
      answered: (peer, ok, hashes) => this.bodies.answered(peer, ok, hashes),
      bodyRight: (body, author) => this.#rights.right(body, author),
    });
  }

  get endedRequests(): number {
    return this.#ended.size;
  }

  get openRequests(): number {
    return this.windows.open + this.tasks.open + this.lists.open + this.bodies.inFlight;
  }

  peerReady(peer: string): void {
    this.#rankedBy.clear();
    this.#news.ready(peer);
    this.rosters.count(this.#ports.peers.all());
    this.tasks.state.peerArrived(peer, this.#ports.context.nowMs);
    this.bodies.peerArrived(peer);
    this.tick();
  }

  subscribed(peerId: string): void {
    const peer = this.#ports.peers.get(peerId);
    if (peer !== undefined) this.windows.subscribed(peer);
  }

  /** The registry changed: refused records may be admitted now, and sets are compared under another digest. */
  registryChanged(): void {
    this.#ports.peers.forgetRefused();
  }

  /** The registry changed, or the time up to which it is known. */
  registrySent(): void {
    this.#news.changed();
    this.rosters.own(this.#ports.context);
    this.rosters.count(this.#ports.peers.all());
  }

  /** Comparison of the registries of peers with that of this node. */
  get registries(): RegistryCompare {
    return this.#news.compare;
  }

  peerGone(peer: string): void {
    this.#rankedBy.clear();
    this.#news.count();
    this.rosters.count(this.#ports.peers.all());
    this.windows.peerGone(peer);
    this.tasks.peerGone(peer);
    this.lists.peerGone(peer);
    this.bodies.peerGone(peer);
    this.serving.peerGone(peer);
  }

  tick(): void {
    this.#news.tick();
    this.windows.tick();
    this.tasks.tick();
    this.lists.tick();
    this.bodies.tick();
    this.serving.tick();
  }

  /** Fetches a task for a local program. */
  syncTask(task: TaskRef): void {
    this.tasks.want(task, "", undefined);
    this.tasks.tick();
  }

  /** Handles a verified message of type 3, 4 or 5. */
  control(peerId: string, requestId: string, candidate: Extract<Candidate, { kind: "control" }>): Outcome {
    const peer = this.#ports.peers.get(peerId);
    const { payload, sender } = candidate;
    if (peer === undefined) return { kind: "ignored", code: "peer_gone", remember: false };
    if (sender !== peer.facts.key) return { kind: "bad", code: "not_hello_key" };
    this.#readClock(peer, candidate.timestampSeconds);
    switch (payload.kind) {
      case "scores":
        this.#ports.kept.addReportedScores(sender, payload);
        return { kind: "new" };
      case "response":
        if (payload.requestId !== requestId) return { kind: "bad", code: "unsolicited" };
        this.#ports.context.out.count("responses_in", payload.status);
        this.#expectTrue(peerId, requestId, this.#responded(peerId, payload));
        this.tasks.tick();
        this.bodies.tick();
        return { kind: "new" };
      default:
        if (payload.requestId !== requestId || peer.opened.has(requestId)) return { kind: "bad", code: "unsolicited" };
        peer.opened.set(requestId, true);
        this.#request(peer, payload);
        return { kind: "new" };
    }
  }

  /** A control frame is signed when it is sent: its timestamp is the peer's clock, minus the time of transfer. */
  #readClock(peer: Peer, clockSeconds: number): void {
    const { nowMs, out } = this.#ports.context;
    if (nowMs - peer.clockReadMs < CLOCK_READ_MS) return;
    peer.clockReadMs = nowMs;
    out.emit({ kind: "peer_clock", peer: peer.facts.peer, clockSeconds });
  }

  #responded(peer: string, response: SyncResponse): boolean | undefined {
    const windows = this.windows.responded(peer, response);
    if (windows !== undefined) return windows;
    const { tasks, lists, bodies } = this;
    if (tasks.responded(peer, response) || lists.responded(peer, response) || bodies.responded(peer, response))
      return true;
    return undefined;
  }

  #request(peer: Peer, request: SyncRequest): void {
    if (request.kind !== "windows") {
      this.serving.request(peer.facts.peer, request);
      return;
    }
    if (!this.windows.accept(peer, request)) this.serving.respond(peer.facts.peer, request.requestId, "busy");
  }

  frame(peer: string, frame: Frame): void {
    switch (frame.kind) {
      case "body":
        this.#charge(peer, frame.requestId, this.bodies.chunk(peer, frame.requestId, frame.offset, frame.bytes));
        return;
      case "bodies":
        this.#charge(peer, frame.requestId, this.bodies.parts(peer, frame.requestId, frame.parts));
        return;
      case "body_news":
        this.#expectTrue(peer, frame.requestId, frame.requestId === NO_REQUEST && this.bodies.news(peer, frame.ids));
        return;
      case "ids":
      case "want":
      case "fingerprints":
      case "difference":
        this.#expectTrue(peer, frame.requestId, this.windows.frame(peer, frame));
        return;
      case "list":
        this.#expectTrue(peer, frame.requestId, this.lists.list(peer, frame.requestId, frame.bytes));
        return;
      case "registry":
        this.#expectTrue(peer, frame.requestId, this.#news.received(peer, frame));
        return;
      case "envelope":
      case "records":
      case "scores":
        this.#expectTrue(peer, frame.requestId, false);
        return;
    }
  }

  /** `taken`: false for bytes of a body that are out of order or have another hash. */
  #charge(peer: string, requestId: string, taken: boolean | undefined): void {
    if (taken === false) this.#ports.credit.fault(peer, "body_mismatch");
    else this.#expectTrue(peer, requestId, taken);
  }

  served(peer: string, requestId: string, items: number, bytes: number, ok: boolean): void {
    if (!this.windows.served(peer, requestId, items, bytes, ok)) this.serving.served(peer, requestId, items, bytes, ok);
  }

  /** A peer gossips a record that this node holds: the peer may serve its body. */
  addHolder(id: string, peer: string): void {
    this.bodies.addHolder(id, peer);
  }

  /** Whether an exchange asked for the record in a `records` frame. */
  wanted(peer: string, requestId: string, id: string, candidate: Candidate): Wanted {
    if (requestId === NO_REQUEST) return candidate.kind === "vote" ? "asked" : "unasked";
    const asked = this.windows.wants(peer, requestId, id) ?? this.tasks.wanted(peer, requestId, candidate);
    if (asked !== undefined) return asked ? "asked" : "unasked";
    return this.#ended.isRecent(peer, requestId) ? "late" : "unasked";
  }

  inVerification(peer: string, requestId: string, step: 1 | -1): void {
    this.windows.inVerification(peer, requestId, step);
    this.tasks.inVerification(peer, requestId, step);
  }

  settled(peer: string, requestId: string, id: string, outcome: Outcome): void {
    if (outcome.kind === "ignored" && outcome.remember) this.#ports.peers.get(peer)?.refused.set(id, true);
    this.windows.settled(peer, requestId, id, outcome.kind === "new");
  }

  /** False: not requested, a fault. Undefined: no running exchange; a fault unless the exchange has just ended. */
  #expectTrue(peer: string, requestId: string, belongs: boolean | undefined): void {
    if (belongs === true || (belongs === undefined && this.#ended.isRecent(peer, requestId))) return;
    this.#ports.credit.fault(peer, "unsolicited");
  }

  /** Connected peers that hold the task's strand, best first (specification: select_best_peers_for_sync). */
  #ranked(task: TaskRef): readonly string[] {
    const { peers, scoring, context, kept } = this.#ports;
    const strand = task.t0 === 0 ? "" : recordStrand(task, context.identity.rules.shards);
    if (this.#rankedAtMs !== context.nowMs) this.#rankedBy.clear();
    this.#rankedAtMs = context.nowMs;
    const known = this.#rankedBy.get(strand);
    if (known !== undefined) return known;
    const holders = [...peers.all()].filter(({ facts }) => strand === "" || facts.interests.includes(strand));
    // Two peers may have one node key: the nodes of a copied directory.
    const byKey = new Map<string, string[]>();
    for (const { facts } of holders) byKey.set(facts.key, [...(byKey.get(facts.key) ?? []), facts.peer]);
    const reported = kept.rankChanges((sender) => scoring.overall(sender, context.nowSeconds));
    const best = scoring.best([...byKey.keys()], byKey.size, context.nowSeconds, (key) => reported.get(key) ?? 0);
    const ranked = best.flatMap((key) => byKey.get(key) ?? []);
    this.#rankedBy.set(strand, ranked);
    return ranked;
  }
}
