import { dayOf } from "../protocol/membership.js";
import { taskOf } from "../protocol/strand.js";
import { AlertMaker, KeptMessages, OwnEquivocations } from "./alerts/index.js";
import { BallotBox, ListShelf, Voters } from "./ballots/index.js";
import { BodyTracker, refOfTask } from "./bodies/index.js";
import { type Limits, limitsOf } from "./bounds.js";
import type { ChainFacts } from "./chain-facts.js";
import { TaskCheckpoints } from "./checkpoints/index.js";
import { Context, type ContextOptions } from "./context.js";
import { EventLog } from "./event-log.js";
import type { EngineEvent } from "./events.js";
import { ConsensusTracker } from "./fold/index.js";
import { GossipManager } from "./gossip-manager.js";
import {
  Admission,
  CertificateIntake,
  EarlyRecords,
  MessageProcessor,
  TaskLoads,
  VerdictIntake,
} from "./intake/index.js";
import { OwnScores, PeerCredit, PeerScoring, Peers } from "./peers/index.js";
import { BodyBook, RecordSet, type TaskRecord } from "./set/index.js";
import { Exchanges, SyncBook } from "./sync/index.js";
import { VerifiedEnvelopes } from "./verified-envelopes.js";

/** Interval between checks of time-dependent state (specification: scheduler tick); shorter after a clock setback. */
const SCHEDULER_MS = 30_000;
const ALL_TASK_TYPES = [0, 1, 2, 3, 4, 5];
export interface EngineOptions extends Omit<ContextOptions, "taskTypes" | "limits"> {
  /** Task types (0..5) that this node holds; all six by default. */
  readonly taskTypes?: readonly number[];
  /** Time of the start; restored records are checked against it. */
  readonly startMs?: number;
  readonly limits?: Partial<Limits>;
}

/** Wires the parts of the engine and passes each event to the parts that handle it. */
export class EngineCore {
  readonly context: Context;
  readonly set: RecordSet;
  readonly tracker: ConsensusTracker;
  readonly peers: Peers;
  readonly scoring: PeerScoring;
  readonly credit: PeerCredit;
  readonly kept: KeptMessages;
  readonly ballots: BallotBox;
  readonly lists: ListShelf;
  readonly voters: Voters;
  readonly events: EventLog;
  readonly bodies: BodyBook;
  readonly syncBook = new SyncBook();
  readonly early: EarlyRecords;
  readonly gossip: GossipManager;
  readonly checkpoints: TaskCheckpoints;
  readonly admission: Admission;
  readonly verdicts: VerdictIntake;
  readonly certificates: CertificateIntake;
  readonly alertMaker: AlertMaker;
  readonly equivocations: OwnEquivocations;
  readonly ownScores: OwnScores;
  readonly verified: VerifiedEnvelopes;
  readonly processor: MessageProcessor;
  readonly exchanges: Exchanges;
  readonly loads: TaskLoads;
  readonly bodyTracker: BodyTracker;
  /** Records and bodies sent to peers that asked (specification: propagation_count). */
  served = 0;
  #scheduledMs = 0;

  constructor(options: EngineOptions) {
    const { identity, blake3, verdictsOf } = options;
    const limits = limitsOf(options.limits);
    const context = new Context({ ...options, taskTypes: options.taskTypes ?? ALL_TASK_TYPES, limits });
    context.setClock(options.startMs ?? 0);
    this.context = context;
    const salt = context.indexSalt();
    this.set = new RecordSet(blake3, identity.rules, { maxRecords: limits.members, salt });
    const openRecordsMax = limits.open_records;
    const tracking = { blake3, rules: identity.rules, set: this.set, verdictsOf, salt, openRecordsMax };
    this.tracker = new ConsensusTracker(tracking);
    this.peers = new Peers(limits);
    this.scoring = new PeerScoring({ maxPeers: limits.scored_peers });
    this.credit = new PeerCredit(context, this.peers, this.scoring);
    this.kept = new KeptMessages(context);
    this.alertMaker = new AlertMaker({ context, set: this.set, kept: this.kept });
    this.ownScores = new OwnScores(context, this.scoring, this.peers);
    this.equivocations = new OwnEquivocations(context);
    this.events = new EventLog(context, this.tracker, [this.equivocations, this.alertMaker]);
    this.bodies = new BodyBook(limits.held_bodies);
    this.early = new EarlyRecords(context);
    this.gossip = new GossipManager(context);
    const shared = { context, set: this.set, tracker: this.tracker, kept: this.kept, events: this.events };
    this.lists = new ListShelf(context);
    this.ballots = new BallotBox({ ...shared, lists: this.lists, load: (taskId) => void this.loads.ask(taskId) });
    const voting = { context, tracker: this.tracker, peers: this.peers, box: this.ballots, lists: this.lists };
    this.voters = new Voters(voting);
    this.loads = new TaskLoads({ ...shared, loaded: (taskId) => this.#loaded(taskId) });
    this.checkpoints = new TaskCheckpoints(shared);
    this.admission = new Admission({
      ...shared,
      changed: (taskId) => this.checkpoints.changed(taskId),
      gone: (taskId) => this.checkpoints.gone(taskId),
      book: this.bodies,
      joined: (record, holder) => this.want(record, holder),
      left: (entry) => this.exchanges.bodies.forget(entry.id),
      certified: (taskId, submissionId) => {
        this.ballots.certified(taskId, submissionId);
        this.voters.certified(submissionId);
      },
      load: (taskId) => void this.loads.ask(taskId),
    });
    this.verdicts = new VerdictIntake({
      ...shared,
      ballots: this.ballots,
      voters: this.voters,
      alertMaker: this.alertMaker,
      equivocations: this.equivocations,
      admission: this.admission,
    });
    this.certificates = new CertificateIntake({ context, set: this.set, admission: this.admission });
    this.exchanges = new Exchanges({
      ...shared,
      ballots: this.ballots,
      lists: this.lists,
      list: (value) => this.lists.get(value) ?? this.voters.ownList(value),
      listed: (value) => this.voters.listed(value),
      peers: this.peers,
      scoring: this.scoring,
      credit: this.credit,
      syncBook: this.syncBook,
      bodies: this.bodies,
      taskRecords: (taskId) => this.loads.recordsOf(taskId),
    });
    this.bodyTracker = new BodyTracker({
      ...shared,
      book: this.bodies,
      bodies: this.exchanges.bodies,
      load: (taskId) => this.loads.ask(taskId),
    });
    this.verified = new VerifiedEnvelopes({
      ...shared,
      ballots: this.ballots,
      early: this.early,
      gossip: this.gossip,
      admission: this.admission,
      verdicts: this.verdicts,
      certificates: this.certificates,
      scoring: this.scoring,
      exchanges: this.exchanges,
    });
    const processing = {
      context,
      peers: this.peers,
      sink: this.verified,
      exchanges: this.exchanges,
      credit: this.credit,
    };
    this.processor = new MessageProcessor(processing);
  }

  handle(event: EngineEvent): void {
    switch (event.kind) {
      case "tick":
        this.#tick();
        return;
      case "chain":
        this.#chain(event.facts);
        return;
      case "peer_ready":
        if (this.peers.get(event.facts.peer) !== undefined) this.#gone(event.facts.peer);
        if (this.peers.ready(event.facts, this.context.nowMs)) {
          this.exchanges.peerReady(event.facts.peer);
          this.voters.peerReady();
          return;
        }
        this.context.out.count("dropped", "peers");
        return;
      case "peer_gone":
        this.#gone(event.peer);
        return;
      case "peer_subscribed":
        this.exchanges.subscribed(event.peer);
        return;
      case "scanned":
        this.processor.scanned(event);
        return;
      case "verified":
      case "batch_failed":
        this.processor.verified(event.batch, event.lane, event.kind === "verified" ? event.verdicts : undefined);
        return;
      case "frame":
        this.exchanges.frame(event.peer, event.frame);
        return;
      case "frame_refused":
        this.credit.fault(event.peer, "frame_malformed");
        return;
      case "served":
        this.served += event.items;
        this.exchanges.served(event.peer, event.requestId, event.items, event.bytes, event.ok);
        return;
      case "sent":
        this.exchanges.windows.sent(event.peer, event.requestId, event.ok);
        return;
      case "proof_checked":
        this.exchanges.serving.proofChecked(event.peer, event.requestId, event.valid);
        return;
      case "task_loaded":
        this.loads.loaded(event.taskId, event.records);
        return;
      case "values_lost":
        this.admission.lose(event.records);
        for (const hash of event.bodies) this.bodyTracker.lost(hash);
        return;
      case "disk_full":
      case "disk_ready":
        this.admission.setDiskFull(event.kind === "disk_full");
        return;
      case "sync_task":
        this.exchanges.syncTask(refOfTask(this.tracker, event.taskId));
        return;
      case "own_body":
        this.bodyTracker.own(event);
        return;
    }
  }

  #loaded(taskId: string): void {
    this.bodyTracker.loaded(taskId);
    this.exchanges.serving.loaded(taskId);
  }

  /** Starts to fetch the task and the body of a new member. */
  want(record: TaskRecord, holder: string | undefined): void {
    this.wantTask(record, holder);
    this.bodyTracker.joined(record, holder);
    const { taskId } = taskOf(record.payload, record.id, record.timestampSeconds);
    if (record.payload.kind !== "validation") this.ballots.changed(taskId);
    this.voters.changed(taskId);
  }

  /** Starts to fetch the task of a record. */
  wantTask(record: TaskRecord, holder: string | undefined): void {
    const task = taskOf(record.payload, record.id, record.timestampSeconds);
    if (record.payload.kind === "task") this.exchanges.tasks.announced(record.id);
    else if (!this.set.has(task.taskId)) this.exchanges.tasks.want(task, record.author, holder);
  }

  #tick(): void {
    const { nowMs, nowSeconds } = this.context;
    this.verified.admitDue();
    this.exchanges.tick();
    this.alertMaker.tick();
    this.ballots.tick();
    this.voters.tick();
    this.events.timePassed();
    this.bodyTracker.tick();
    this.checkpoints.tick();
    if (Math.abs(nowMs - this.#scheduledMs) < SCHEDULER_MS) return;
    this.#scheduledMs = nowMs;
    this.admission.expire();
    this.processor.sweep();
    const firstKeptDay = dayOf(nowSeconds) - this.context.identity.rules.horizonDays;
    const isHeld = (taskId: string, t0: number): boolean => dayOf(t0) >= firstKeptDay || this.set.has(taskId);
    this.kept.sweep(isHeld);
    this.ballots.sweep(isHeld);
    this.voters.sweep(isHeld);
    const { length: count } = this.tracker.closeOld(nowSeconds);
    if (count > 0) this.context.out.log("debug", "tasks closed", { count });
    this.loads.askStale();
    this.ownScores.tick();
  }

  #chain(facts: ChainFacts): void {
    const before = this.context.facts;
    this.context.facts = facts;
    if (before?.registryDigest === facts.registryDigest) this.exchanges.registrySent();
    // Only the time changed: nothing to recompute.
    if (before?.registry === facts.registry && before.rosters === facts.rosters) return;
    this.tracker.setChain(facts);
    if (before?.rosters !== facts.rosters) {
      this.ballots.rostersChanged();
      for (const taskId of this.tracker.all()) this.voters.changed(taskId);
    }
    this.events.counts.reviewAll();
    this.exchanges.registryChanged();
    this.exchanges.registrySent();
  }

  #gone(peer: string): void {
    this.peers.gone(peer);
    this.exchanges.peerGone(peer);
    this.syncBook.forget(peer);
  }
}
