import type {
  AlertView,
  CountedSubmission,
  MinerStats,
  StoredEvent,
  TaskRecord,
  TaskStatus,
  TaskView,
  UncountedSubmission,
} from "../engine/index.js";
import type { ComputationProof, SubmissionBody, TaskBody, TaskDetail, ValidationBody } from "../protocol/bodies.js";
import type { NetworkName } from "../protocol/rules.js";
import type {
  AuthorInfo,
  ChainInfo,
  ClockReport,
  MinerOnChain,
  NodeHealth,
  PeerInfo,
  ReachInfo,
  SetState,
  SyncReport,
  TaskOnChain,
} from "./facts/index.js";

export type {
  AuthorInfo,
  ChainInfo,
  ClockReport,
  ComponentHealth,
  DialInfo,
  HealthComponent,
  HealthStatus,
  MinerOnChain,
  NodeHealth,
  PeerInfo,
  PeerTerms,
  ReachInfo,
  SetState,
  StrandSync,
  SyncReport,
  TaskOnChain,
} from "./facts/index.js";

/**
 * What the API needs from the node: implemented by the manager, faked in tests. Every failure is a NetworkError, thrown
 * by the synchronous methods and rejected with by the others. Ids, keys, hashes and digests are lowercase hex of 32 bytes.
 */
export interface NodeControl {
  info(): NodeInfo;
  health(): NodeHealth;
  peers(): readonly PeerInfo[];
  /** Whom this node dials, with what became of it, and what others are told of its own addresses. */
  reach(): ReachInfo;
  /** Sizes and caps of everything in this node that grows; names are fixed at compile time. */
  bounds(): readonly BoundRow[];

  /** Resolves when the record is synced to disk. `slot_used`, `quota_exceeded`, `clock_behind`, `unknown_key`, `bad_parameters`. */
  publishTask(draft: TaskDraft): Promise<Published>;
  submitSolution(draft: SubmissionDraft): Promise<Published>;
  validateSubmission(draft: ValidationDraft): Promise<Published>;
  cancelTask(draft: CancelDraft): Promise<Published>;

  /** `not_found` when neither the announcement nor any record of the task is held. */
  taskDetails(taskId: string): Promise<TaskDetails>;
  /** Newest announcements first; see {@link TaskQuery}. */
  listTasks(query: TaskQuery): Promise<TaskPage>;
  /** Alerts that hold, of one task or all, the newest first, at most `limit`. */
  fraudAlerts(taskId: string | undefined, limit: number): readonly AlertView[];
  /** What the set says of an author; zeros for one that it does not name. */
  minerStats(author: string): MinerStats;
  /** What the chain itself says of an author; undefined where it does not know, or can't say in half a second. */
  minerOnChain(author: string): Promise<MinerOnChain | undefined>;
  /** Authors of submissions and validations of the last 24 hours. */
  activeMiners(): number;
  /** A counted submission, whichever its task; `not_found`. */
  submission(submissionId: string): Promise<SubmissionDetails>;

  /** The digest at T, unix seconds, a multiple of 60 (protocol.md, State digest); undefined: the last full minute. */
  stateDigest(atSeconds: number | undefined): Promise<StateDigest>;
  /** Asks peers for everything about a task now. Resolves when the request is taken, not when it is answered. */
  syncTask(taskId: string): Promise<void>;

  /** Stored events with sequence > `after`, ascending, at most `limit` (1..1000). */
  eventsAfter(after: number, limit: number): Promise<readonly StoredEvent[]>;
  /**
   * Calls `listener` with every event from now on, ascending, after it is stored; the listener returns at once and never
   * throws. The answer ends the subscription and may be called twice.
   */
  subscribe(listener: (event: StoredEvent) => void): () => void;
}

export interface KernelInfo {
  readonly backend: "native" | "wasm" | "reference";
  /** Why no faster one runs; undefined when the fastest does. */
  readonly reason: string | undefined;
}

export interface NodeInfo {
  readonly version: string;
  readonly network: NetworkName;
  /** Name of a standalone network; undefined where the genesis comes from a chain. */
  readonly networkName: string | undefined;
  readonly genesis: string;
  readonly rulesDigest: string;
  readonly nodeKey: string;
  /** TOS bech32 address of the node key. */
  readonly nodeAddress: string;
  /** libp2p peer id. */
  readonly peerId: string;
  /** Where it listens, of interfaces that are up. */
  readonly multiaddrs: readonly string[];
  readonly reach: ReachInfo;
  readonly kernel: KernelInfo;
  readonly storageEngine: "rocksdb" | "leveldb";
  readonly authors: readonly AuthorInfo[];
  /** Peers whose hello succeeded. */
  readonly peerCount: number;
  readonly tasks: Readonly<Record<TaskStatus, number>>;
  /** Members of the set that are held. */
  readonly records: number;
  readonly sync: SyncReport;
  readonly registry: RegistryInfo;
  readonly chain: ChainInfo;
  readonly startedSeconds: number;
  readonly uptimeSeconds: number;
  /** Sequence of the newest stored event; 0 before the first. */
  readonly eventSequence: number;
  /** Values on the disk that were found damaged since the start and passed over; peers are asked for their records again. */
  readonly damagedValues: number;
  readonly messageCache: MessageCache;
  readonly health: NodeHealth;
  readonly clock: ClockReport;
}

/** The specification's message cache, which here is three things. */
export interface MessageCache {
  /** Gossip bundles remembered by hash, so that none is handled or sent twice. */
  readonly seen: number;
  /** Messages known by record id: members, records before their time, votes, alerts. */
  readonly known: number;
  /** Records and bodies sent to peers that asked, since the start. */
  readonly served: number;
}

export interface RegistryInfo {
  readonly kind: "everyone" | "file" | "chain";
  /** 32 zeros for everyone. */
  readonly digest: string;
  /** Unix seconds up to which the registry is known; 2^64-1 for a file or everyone. */
  readonly timeSeconds: bigint;
}

/** One bounded structure. */
export interface BoundRow {
  readonly name: string;
  readonly size: number;
  readonly cap: number;
}

/** Fields that every publishing call takes. */
export interface DraftBase {
  /** Name of an author key; undefined: the node's first. */
  readonly author: string | undefined;
  /**
   * 1..64 characters of the caller's choice. The same key, method and content again answers what was published the first
   * time with `duplicate: true`; with other content it is `bad_parameters`. Undefined: each call publishes.
   */
  readonly idempotencyKey: string | undefined;
}

export interface TaskDraft extends DraftBase {
  readonly detail: TaskDetail;
  readonly description: string;
  readonly data: Uint8Array;
  /** u64 nanoTOS. */
  readonly rewardNano: bigint;
  readonly gasFeeNano: bigint;
  readonly stakeRequiredNano: bigint;
  /** Unix seconds, or seconds after the record's timestamp. */
  readonly deadline:
    | { readonly kind: "at"; readonly seconds: number }
    | { readonly kind: "after"; readonly seconds: number };
  /** Index into DIFFICULTIES. */
  readonly difficulty: number;
  /** Index into VERIFICATIONS. */
  readonly verification: number;
  /** 0..255; 0 unless the verification is PeerReview or ExpertReview. */
  readonly requiredReviewers: number;
  /** 1..255 */
  readonly maxParticipants: number;
  /** 0..100 */
  readonly qualityThreshold: number;
  /** Under which the chain holds the task, where it was published there too. */
  readonly chainId?: string;
}

export interface SubmissionDraft extends DraftBase {
  readonly taskId: string;
  readonly answer: Uint8Array;
  /** 0..100 */
  readonly qualityHint: number;
  readonly stakeNano: bigint;
  readonly gasFeeNano: bigint;
  readonly computationProof: ComputationProof | undefined;
}

export interface ValidationDraft extends DraftBase {
  /** Checked against the submission's task where given. */
  readonly taskId: string | undefined;
  readonly submissionId: string;
  /** 0..100 */
  readonly score: number;
  /** Index into VALIDATION_KINDS. */
  readonly validationKind: number;
  /** Undefined: the validation has no body. */
  readonly body:
    | Pick<ValidationBody, "method" | "reasoning" | "criteria" | "evidence" | "confidence" | "stakeNano">
    | undefined;
}

export interface CancelDraft extends DraftBase {
  readonly taskId: string;
}

/** Where and when a record stands in the set. */
export type RecordSummary = Pick<TaskRecord, "id" | "author" | "timestampSeconds" | "number" | "strand">;

export interface Published {
  /** The task that the record belongs to; a task's own id for an announcement. */
  readonly taskId: string;
  readonly record: RecordSummary;
  /** Of a task announcement, unix seconds; undefined for other records. */
  readonly deadlineSeconds: number | undefined;
  /** Published by an earlier call with the same idempotency key. */
  readonly duplicate: boolean;
  /** The record is published, and peers may not take it: this machine's clock differs from theirs. */
  readonly warning?: string | undefined;
}

export interface TaskQuery {
  /** Statuses to list; empty: all. */
  readonly statuses: readonly TaskStatus[];
  /** Only tasks whose deadline is not over: without submissions a task stays Published for a day longer. */
  readonly beforeDeadline: boolean;
  /** Index into TASK_TYPES; undefined: all. */
  readonly taskType: number | undefined;
  /** 1..200 */
  readonly limit: number;
  /** Task id after which to go on: the last one of the page before; undefined: from the newest. */
  readonly after: string | undefined;
}

export interface TaskPage {
  readonly tasks: readonly TaskView[];
  /** What the statuses are folded from. */
  readonly set: SetState;
  /** There are more after the last one. */
  readonly more: boolean;
}

export interface TaskDetails {
  readonly view: TaskView;
  /** What the status and the verdicts are folded from. */
  readonly set: SetState;
  /** Undefined while it is not held. */
  readonly body: TaskBody | undefined;
  /** In the order of `view.submissions`. */
  readonly submissions: readonly SubmissionSummary[];
  /** Held and not counted, with the reason; undefined for a task over for long, whose records are not in memory. */
  readonly uncounted: readonly UncountedSubmission[] | undefined;
  /** Alerts that name the task, the newest first. */
  readonly alerts: readonly AlertView[];
  /** Undefined where the task names no id of the chain, the chain does not know it, or can't say in half a second. */
  readonly chain: TaskOnChain | undefined;
}

/** Without bodies: a task may have 255 submissions of 1 MiB each. */
export interface SubmissionSummary {
  readonly counted: CountedSubmission;
  /** For display (protocol.md, Provisional verdict). */
  readonly confidenceBasisPoints: number;
  /** False before the deadline on most nodes. */
  readonly bodyHeld: boolean;
}

export interface SubmissionDetails extends SubmissionSummary {
  readonly taskId: string;
  readonly body: SubmissionBody | undefined;
  /** Bodies held of the validations that count, by validation id; at most {@link MAX_VALIDATION_BODIES}. */
  readonly validationBodies: ReadonlyMap<string, ValidationBody>;
}

/** More are not shown in one answer: each may be 1 MiB long. */
export const MAX_VALIDATION_BODIES = 16;

export interface StateDigest {
  readonly atSeconds: number;
  readonly digest: string;
  readonly registryDigest: string;
  readonly registryTimeSeconds: bigint;
  readonly strands: number;
  readonly tasks: number;
  readonly records: number;
}
