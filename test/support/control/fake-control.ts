import type {
  BoundRow,
  CancelDraft,
  ChainInfo,
  FraudAnalysis,
  MinerOnChain,
  NodeControl,
  NodeHealth,
  NodeInfo,
  NodeStats,
  PeerInfo,
  Published,
  ReachInfo,
  ResolvedId,
  StateDigest,
  SubmissionCertificates,
  SubmissionDetails,
  SubmissionDraft,
  SubmissionVotes,
  SyncReport,
  TaskDetails,
  TaskDraft,
  TaskOnChain,
  TaskPage,
  TaskQuery,
  ValidationDraft,
} from "../../../src/api/control.js";
import { TASK_STATUSES, type TaskStatus } from "../../../src/engine/fold/views.js";
import type { AlertView, MinerStats, RewardsOf, StoredEvent } from "../../../src/engine/index.js";
import { NetworkError } from "../../../src/protocol/errors.js";
import { anyEvent } from "../stored-event.js";
import { FAKE_PEER } from "./fake-peer.js";
import { REACH } from "./fake-reach.js";
import {
  ALERT,
  AUTHOR,
  CERTIFICATE,
  EXCLUDED,
  FOREVER,
  FRAUD,
  REWARDS,
  SUBMISSION,
  SUBMITTED,
  TASK,
  VIEW,
} from "./fake-set.js";
import { FAKE_STATS } from "./fake-stats.js";

export { AUTHOR, FOREVER, SUBMISSION, TASK, VIEW } from "./fake-set.js";

const LEFT_TODAY = { tasks: 63, submissions: 256, validations: 4095 };
const NO_TASKS = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;

/** A node that records its calls and stores the emitted events. */
export class FakeControl implements NodeControl {
  readonly drafts: (TaskDraft | SubmissionDraft | ValidationDraft | CancelDraft)[] = [];
  readonly queries: TaskQuery[] = [];
  readonly synced: string[] = [];
  readonly events: StoredEvent[] = [];
  readonly listeners = new Set<(event: StoredEvent) => void>();
  healthy: NodeHealth = {
    status: "ok",
    components: [{ name: "storage", status: "ok", reason: undefined }],
    faults: [],
  };
  trouble: ChainInfo["trouble"];
  catchingUp: SyncReport["catchingUp"];
  place: ChainInfo["place"] = "received";
  taskOnChain: TaskOnChain | undefined;
  /** Thrown by the next publishing call. */
  failure: Error | undefined;
  /** Awaited by every publishing call. */
  gate: Promise<void> = Promise.resolve();

  /** Stores an event and passes it to the listeners. */
  emit(event: string, body: Record<string, unknown> = {}): StoredEvent {
    const stored = anyEvent((this.events.at(-1)?.sequence ?? 0) + 1, event, body);
    this.events.push(stored);
    for (const listener of this.listeners) listener(stored);
    return stored;
  }

  info(): NodeInfo {
    return {
      version: "0.1.0",
      network: "devnet",
      networkName: "dev",
      genesis: "01".repeat(32),
      rulesDigest: "02".repeat(32),
      nodeKey: "03".repeat(32),
      nodeAddress: "tst1node",
      peerId: "12D3KooWfake",
      multiaddrs: ["/ip4/127.0.0.1/tcp/2135/p2p/12D3KooWfake"],
      reach: this.reach(),
      kernel: { backend: "reference", reason: "the addon was not built" },
      storageEngine: "rocksdb",
      authors: [{ name: "default", key: AUTHOR, address: "tst1author", leftToday: LEFT_TODAY, stopped: undefined }],
      peerCount: 1,
      clock: { level: "ok", offsetMs: -40, clocks: 3, timeSeconds: 1_800_000_000, warning: undefined },
      tasks: { ...NO_TASKS, Published: 1, InProgress: 1 },
      records: 7,
      sync: {
        inSync: this.catchingUp === undefined,
        set: this.catchingUp === undefined ? "whole" : "catching_up",
        catchingUp: this.catchingUp,
        bodies: { held: 5, missing: 1, unavailable: 1, withheld: 2, late: 0, counted: true },
        strands: [{ strand: "000000", inSync: true, peers: 1, equalPeers: 1 }],
        pendingTasks: 0,
        openRequests: 0,
      },
      registry: { kind: "everyone", digest: "00".repeat(32), timeSeconds: FOREVER },
      chain: {
        mode: "daemon",
        place: this.place,
        height: 40,
        topoheight: 44,
        stableHeight: 32,
        hash: "07".repeat(32),
        timestampSeconds: 1_790_000_020,
        trouble: this.trouble,
      },
      startedSeconds: 1_790_000_000,
      uptimeSeconds: 61,
      eventSequence: this.events.at(-1)?.sequence ?? 0,
      damagedValues: 2,
      messageCache: { seen: 4, known: 7, served: 2 },
      health: this.healthy,
    };
  }

  health(): NodeHealth {
    return this.healthy;
  }

  peers(): PeerInfo[] {
    return [FAKE_PEER];
  }

  reach(): ReachInfo {
    return REACH;
  }

  bounds(): BoundRow[] {
    return [{ name: "known_ids", size: 3, cap: 100 }];
  }

  stats(): NodeStats {
    return { ...FAKE_STATS, bounds: this.bounds() };
  }

  async #publish(draft: FakeControl["drafts"][number]): Promise<Published> {
    await this.gate;
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
    const duplicate =
      draft.idempotencyKey !== undefined && this.drafts.some((old) => old.idempotencyKey === draft.idempotencyKey);
    this.drafts.push(draft);
    const record = { id: TASK, author: AUTHOR, timestampSeconds: 1_790_000_000, number: 0, strand: "000000" };
    const deadlineSeconds = "deadline" in draft ? 1_790_086_400 : undefined;
    return { taskId: TASK, record, deadlineSeconds, duplicate };
  }

  publishTask(draft: TaskDraft): Promise<Published> {
    return this.#publish(draft);
  }

  submitSolution(draft: SubmissionDraft): Promise<Published> {
    return this.#publish(draft);
  }

  validateSubmission(draft: ValidationDraft): Promise<Published> {
    return this.#publish(draft);
  }

  cancelTask(draft: CancelDraft): Promise<Published> {
    return this.#publish(draft);
  }

  holdsTask(taskId: string): boolean {
    return taskId === TASK;
  }

  async taskDetails(taskId: string): Promise<TaskDetails> {
    if (taskId !== TASK) throw new NetworkError("not_found", "no record of this task is held");
    return {
      view: VIEW,
      set: this.catchingUp === undefined ? "whole" : "catching_up",
      body: {
        kind: "task",
        author: AUTHOR,
        detail: { type: "CodeAnalysis", language: "Rust", complexity: "" },
        description: "Look for overflows",
        data: new TextEncoder().encode("fn main() {}"),
        gasFeeNano: 1n,
        stakeRequiredNano: FOREVER,
      },
      submissions: [SUBMITTED],
      uncounted: [
        { id: "f6".repeat(32), submitter: AUTHOR, timestampSeconds: 1_790_000_200, reason: "above_max_participants" },
      ],
      excludedValidations: [EXCLUDED],
      alerts: [ALERT],
      chain: this.taskOnChain,
    };
  }

  resolveId(prefix: string): ResolvedId {
    if (TASK.startsWith(prefix)) return { id: TASK, kind: "task", taskId: TASK };
    throw new NetworkError("not_found", "no such id");
  }

  async listTasks(query: TaskQuery): Promise<TaskPage> {
    this.queries.push(query);
    return { tasks: [VIEW], more: true, set: this.catchingUp === undefined ? "whole" : "catching_up" };
  }

  fraudAlerts(taskId: string | undefined, limit: number): AlertView[] {
    return taskId === undefined || taskId === TASK ? [ALERT].slice(0, limit) : [];
  }

  minerStats(author: string): MinerStats {
    const known = author === AUTHOR ? 1 : 0;
    return {
      tasksPublished: 0,
      submissions: known,
      submissionsCounted: known,
      submissionsReached: known,
      submissionsScored: known,
      meanScore: known === 0 ? undefined : 80,
      validations: 0,
      validationsCounted: 0,
      validationsUnknown: 0,
      tasksExcluded: 0,
      firstSeconds: known === 0 ? undefined : 1_790_000_100,
      lastSeconds: known === 0 ? undefined : 1_790_000_100,
    };
  }

  async minerOnChain(author: string): Promise<MinerOnChain | undefined> {
    return author === AUTHOR ? { registeredAt: 12, reputation: 510 } : undefined;
  }

  activeMiners(): number {
    return 3;
  }

  async submission(submissionId: string): Promise<SubmissionDetails> {
    if (submissionId !== SUBMISSION) throw new NetworkError("not_found", "this submission is not held");
    return SUBMITTED;
  }

  votes(): SubmissionVotes {
    const vote = { voter: AUTHOR, round: 1, value: TASK, timestampSeconds: 1_795_348_800, weight: 2 };
    const votes = [
      { ...vote, id: TASK, step: "prepare" as const },
      { ...vote, id: SUBMISSION, step: "commit" as const, weight: undefined },
    ];
    const ballot = { roster: TASK, quorum: 3, weight: 4, votes };
    return { taskId: TASK, ballots: [ballot, { roster: SUBMISSION, quorum: undefined, weight: undefined, votes: [] }] };
  }

  async certificates(submissionId: string): Promise<SubmissionCertificates> {
    if (submissionId !== SUBMISSION) throw new NetworkError("not_found", "the node holds no submission of this id");
    const certificate = { id: CERTIFICATE, value: CERTIFICATE, payload: Uint8Array.of(1, 2, 3) };
    return { taskId: TASK, contested: false, certificates: [certificate] };
  }

  async fraudAnalysis(submissionId: string): Promise<FraudAnalysis> {
    if (submissionId !== SUBMISSION) throw new NetworkError("not_found", "this submission is not held");
    return FRAUD;
  }

  async rewards(taskId: string): Promise<RewardsOf> {
    if (taskId !== TASK) throw new NetworkError("not_found", "no record of this task is held");
    return REWARDS;
  }

  async stateDigest(atSeconds: number | undefined): Promise<StateDigest> {
    return {
      atSeconds: atSeconds ?? 1_790_000_040,
      digest: "05".repeat(32),
      registryDigest: "00".repeat(32),
      registryTimeSeconds: FOREVER,
      strands: 1,
      tasks: 1,
      records: 7,
    };
  }

  async syncTask(taskId: string): Promise<void> {
    this.synced.push(taskId);
  }

  async eventsAfter(after: number, limit: number): Promise<StoredEvent[]> {
    return this.events.filter(({ sequence }) => sequence > after).slice(0, limit);
  }

  subscribe(listener: (event: StoredEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
