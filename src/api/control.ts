import type {
  AlertView,
  BallotView,
  CountedSubmission,
  ExcludedValidation,
  MinerStats,
  Outlier,
  RewardsOf,
  StoredEvent,
  TaskRecord,
  TaskStatus,
  TaskView,
  UncountedSubmission,
} from "../engine/index.js";
import type { SubmissionBody, TaskBody, ValidationBody } from "../protocol/bodies.js";
import type { RecordKind } from "../protocol/id-prefix.js";
import type { NetworkName } from "../protocol/rules.js";
import type { CancelDraft, SubmissionDraft, TaskDraft, ValidationDraft } from "./drafts.js";
import type {
  AuthorInfo,
  BoundRow,
  ChainInfo,
  ClockReport,
  FraudAnalysis,
  MinerOnChain,
  NodeHealth,
  NodeStats,
  PeerInfo,
  ReachInfo,
  SetState,
  SyncReport,
  TaskOnChain,
} from "./facts/index.js";

export type { CancelDraft, DraftBase, SubmissionDraft, TaskDraft, ValidationDraft } from "./drafts.js";
export type {
  AuthorInfo,
  BoundRow,
  ChainInfo,
  ClockReport,
  ComponentHealth,
  DialInfo,
  FraudAnalysis,
  FraudIndicator,
  FraudIndicatorType,
  FraudSeverity,
  HealthComponent,
  HealthStatus,
  MinerOnChain,
  NodeHealth,
  NodeStats,
  Observed,
  PeerInfo,
  PeerTerms,
  ReachInfo,
  SetState,
  StrandSync,
  SyncReport,
  TaskOnChain,
} from "./facts/index.js";

/**
 * The API's interface to the node: the manager implements it, tests fake it. Every failure is a NetworkError:
 * synchronous methods throw it, the others reject with it. Ids, keys, hashes and digests are lowercase hex of 32 bytes.
 */
export interface NodeControl {
  info(): NodeInfo;
  health(): NodeHealth;
  peers(): readonly PeerInfo[];
  /** The addresses that this node dials, with the last result of each, and the addresses that it announces. */
  reach(): ReachInfo;
  /** Sizes and caps of every structure that grows. The names are fixed at compile time. */
  bounds(): readonly BoundRow[];
  /** Counts and durations since the start, sizes, and the load of the process. */
  stats(): NodeStats;

  /**
   * Resolves when the record is synced to disk. `slot_used`, `quota_exceeded`, `clock_behind`, `unknown_key`,
   * `bad_parameters`.
   */
  publishTask(draft: TaskDraft): Promise<Published>;
  submitSolution(draft: SubmissionDraft): Promise<Published>;
  validateSubmission(draft: ValidationDraft): Promise<Published>;
  cancelTask(draft: CancelDraft): Promise<Published>;

  /** Whether this node holds a record of the task. */
  holdsTask(taskId: string): boolean;
  /** `not_found` if this node holds neither the announcement nor any record of the task. */
  taskDetails(taskId: string): Promise<TaskDetails>;
  /**
   * The one record of a kind (undefined: of any kind) whose id begins with `prefix`: at least PREFIX_MIN_DIGITS hex
   * digits in lowercase. `not_found`; `ambiguous_id`.
   */
  resolveId(prefix: string, kind: RecordKind | undefined): ResolvedId;
  /** Newest announcements first; see {@link TaskQuery}. */
  listTasks(query: TaskQuery): Promise<TaskPage>;
  /** Valid alerts of one task or of all tasks, newest first, at most `limit`. */
  fraudAlerts(taskId: string | undefined, limit: number): readonly AlertView[];
  /** Statistics of an author from the set; zeros for an unknown author. */
  minerStats(author: string): MinerStats;
  /** The chain's entry of an author; undefined if there is none, or no answer within half a second. */
  minerOnChain(author: string): Promise<MinerOnChain | undefined>;
  /** Authors of submissions and validations of the last 24 hours. */
  activeMiners(): number;
  /** A counted submission of any task; `not_found`. */
  submission(submissionId: string): Promise<SubmissionDetails>;
  /** The certificates of a submission, none while it is not certified; `not_found`. */
  certificates(submissionId: string): Promise<SubmissionCertificates>;
  /** The votes on a submission that this node keeps, none before the first and after its certificate; `not_found`. */
  votes(submissionId: string): SubmissionVotes;

  /** This node's suspicion about a submission and its validators: statistics, no proof. `not_found`, `peer_busy`. */
  fraudAnalysis(submissionId: string): Promise<FraudAnalysis>;
  /** The split of a task's reward; `not_found`. */
  rewards(taskId: string): Promise<RewardsOf>;

  /**
   * The digest at a time in unix seconds, a multiple of 60 (protocol.md, State digest). Undefined: the last full
   * minute.
   */
  stateDigest(atSeconds: number | undefined): Promise<StateDigest>;
  /** Requests everything about a task from peers. Resolves when the request is accepted, not when it is answered. */
  syncTask(taskId: string): Promise<void>;

  /** Stored events with sequence > `after`, ascending, at most `limit` (1..1000). */
  eventsAfter(after: number, limit: number): Promise<readonly StoredEvent[]>;
  /**
   * Calls `listener` with every event from now on, ascending, after the event is stored. The listener returns at once
   * and never throws. The returned function ends the subscription; it may be called twice.
   */
  subscribe(listener: (event: StoredEvent) => void): () => void;
}

/** The certificates of one submission. */
export interface SubmissionCertificates {
  readonly taskId: string;
  /** There are certificates of different values: none of them is final. */
  readonly contested: boolean;
  /** Ascending by id. `payload` is what {@link verifyCertificate} checks (protocol.md, Certificate). */
  readonly certificates: readonly { readonly id: string; readonly value: string; readonly payload: Uint8Array }[];
}

/** The open votes on one submission. */
export interface SubmissionVotes {
  readonly taskId: string;
  /** One for each roster with votes: one, unless nodes have different rosters. */
  readonly ballots: readonly BallotView[];
}

export interface KernelInfo {
  readonly backend: "native" | "wasm" | "reference";
  /** Why no faster kernel runs; undefined if the fastest runs. */
  readonly reason: string | undefined;
}

export interface NodeInfo {
  readonly version: string;
  readonly network: NetworkName;
  /** Name of a standalone network; undefined if the genesis comes from a chain. */
  readonly networkName: string | undefined;
  readonly genesis: string;
  readonly rulesDigest: string;
  readonly nodeKey: string;
  /** TOS bech32 address of the node key. */
  readonly nodeAddress: string;
  /** libp2p peer id. */
  readonly peerId: string;
  /** Listen addresses of interfaces that are up. */
  readonly multiaddrs: readonly string[];
  readonly reach: ReachInfo;
  readonly kernel: KernelInfo;
  readonly storageEngine: "rocksdb" | "leveldb";
  readonly authors: readonly AuthorInfo[];
  /** Peers whose hello succeeded. */
  readonly peerCount: number;
  readonly tasks: Readonly<Record<TaskStatus, number>>;
  /** Held members of the set. */
  readonly records: number;
  readonly sync: SyncReport;
  readonly registry: RegistryInfo;
  readonly chain: ChainInfo;
  readonly startedSeconds: number;
  readonly uptimeSeconds: number;
  /** Sequence of the newest stored event; 0 before the first. */
  readonly eventSequence: number;
  /** Damaged values found on disk since the start and skipped. Their records are requested from peers again. */
  readonly damagedValues: number;
  readonly messageCache: MessageCache;
  readonly health: NodeHealth;
  readonly clock: ClockReport;
}

/** The specification's message cache: three structures here. */
export interface MessageCache {
  /** Hashes of seen gossip bundles: no bundle is handled or sent twice. */
  readonly seen: number;
  /** Messages known by record id: members, early records, votes, alerts. */
  readonly known: number;
  /** Records and bodies sent on request of peers since the start. */
  readonly served: number;
}

export interface RegistryInfo {
  readonly kind: "everyone" | "file" | "chain";
  /** 32 zeros for everyone. */
  readonly digest: string;
  /** The registry is known up to this time in unix seconds; 2^64-1 for a file or everyone. */
  readonly timeSeconds: bigint;
}

/** The place of a record in the set. */
export type RecordSummary = Pick<TaskRecord, "id" | "author" | "timestampSeconds" | "number" | "strand">;

export interface Published {
  /** The task of the record; for an announcement the id of the task itself. */
  readonly taskId: string;
  readonly record: RecordSummary;
  /** Deadline of a task announcement, unix seconds; undefined for other records. */
  readonly deadlineSeconds: number | undefined;
  /** An earlier call with the same idempotency key published the record. */
  readonly duplicate: boolean;
  /** Set if the record is published but peers may refuse it: this machine's clock differs from theirs. */
  readonly warning?: string | undefined;
}

/** A record that was found by the first digits of its id. */
export interface ResolvedId {
  readonly id: string;
  readonly kind: RecordKind;
  readonly taskId: string;
}

export interface TaskQuery {
  /** Statuses to list; empty: all. */
  readonly statuses: readonly TaskStatus[];
  /** Only tasks before their deadline. Without submissions a task stays Published for a day after it. */
  readonly beforeDeadline: boolean;
  /** Index into TASK_TYPES; undefined: all. */
  readonly taskType: number | undefined;
  /** 1..200 */
  readonly limit: number;
  /** The last task id of the previous page; undefined: start with the newest task. */
  readonly after: string | undefined;
}

export interface TaskPage {
  readonly tasks: readonly TaskView[];
  /** The records from which the statuses are folded. */
  readonly set: SetState;
  /** There are more tasks after the last one. */
  readonly more: boolean;
}

export interface TaskDetails {
  readonly view: TaskView;
  /** The records from which the status and the verdicts are folded. */
  readonly set: SetState;
  /** Undefined while the body is not held. */
  readonly body: TaskBody | undefined;
  /** In the order of `view.submissions`. */
  readonly submissions: readonly SubmissionSummary[];
  /** Held submissions that do not count, with the reason. Undefined for an old task: its records are not in memory. */
  readonly uncounted: readonly UncountedSubmission[] | undefined;
  /** Held validations of excluded authors. Undefined for an old task. */
  readonly excludedValidations: readonly ExcludedValidation[] | undefined;
  /** Alerts that name the task, newest first. */
  readonly alerts: readonly AlertView[];
  /**
   * Undefined if the task has no chain id, the chain does not know the task, or does not answer within half a second.
   */
  readonly chain: TaskOnChain | undefined;
}

/** A submission without its body: a task may have 255 submissions of 1 MiB each. */
export interface SubmissionSummary {
  readonly counted: CountedSubmission;
  /** For display (protocol.md, Provisional verdict). */
  readonly confidenceBasisPoints: number;
  /** The one validation that keeps the verdict from being reached; for display. */
  readonly outlier: Outlier | undefined;
  /** False before the deadline on most nodes. */
  readonly bodyHeld: boolean;
}

export interface SubmissionDetails extends SubmissionSummary {
  readonly taskId: string;
  readonly body: SubmissionBody | undefined;
  /** Held bodies of counted validations, by validation id; at most {@link MAX_VALIDATION_BODIES}. */
  readonly validationBodies: ReadonlyMap<string, ValidationBody>;
}

/** Cap of the validation bodies in one answer: each may have 1 MiB. */
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
