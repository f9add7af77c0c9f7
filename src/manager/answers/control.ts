import type {
  BoundRow,
  CancelDraft,
  DraftBase,
  FraudAnalysis,
  MinerOnChain,
  NodeControl,
  NodeCount,
  NodeHealth,
  NodeInfo,
  NodeObserve,
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
  TaskDetails,
  TaskDraft,
  TaskPage,
  TaskQuery,
  ValidationDraft,
} from "../../api/index.js";
import type { AlertView, EngineEvent, MinerStats, RewardsOf, StoredEvent } from "../../engine/index.js";
import { NetworkError } from "../../protocol/errors.js";
import type { StreamingBlake3 } from "../../protocol/hash.js";
import type { RecordKind } from "../../protocol/id-prefix.js";
import type { TaskRef } from "../../protocol/records.js";
import type { ChainAnswers } from "../chain/index.js";
import type { EventHub, StoreWriter } from "../outbound/index.js";
import {
  type AuthorStores,
  type OwnDraft,
  ownCancel,
  ownSubmission,
  ownTask,
  ownValidation,
  type Publisher,
  publishOnce,
} from "../publish/index.js";
import type { FraudAnalyst } from "../suspicion/index.js";
import { Catalog } from "./catalog.js";
import type { DigestQueue } from "./digest-queue.js";
import { resolveId } from "./id-resolver.js";
import { boundRows, nodeHealth, nodeInfo, peerInfos } from "./report.js";
import type { ReportParts } from "./report-parts.js";
import { nodeStats } from "./stats.js";

/** Digests are computed for whole minutes, so that people at two nodes compare the same time. */
const DIGEST_STEP_SECONDS = 60;

/** A miner counts as active for this long after its last submission or validation. */
const ACTIVE_SECONDS = 86_400;

/** What the control acts on, besides what its reports read. */
export interface ControlParts extends ReportParts {
  readonly authors: Pick<AuthorStores, keyof ReportParts["authors"] | "named">;
  readonly publisher: Pick<Publisher, "waiting" | "publish" | "finish" | "isPublished">;
  readonly digests: Pick<DigestQueue, "waiting" | "take">;
  readonly hub: Pick<EventHub, keyof ReportParts["hub"] | "subscribe">;
  readonly chain: Pick<ChainAnswers, "task" | "miner">;
  readonly writer: ReportParts["writer"] & Pick<StoreWriter, "readable" | "failing">;
  readonly analyst: Pick<FraudAnalyst, "boundRows" | "analyse">;
  readonly blake3: StreamingBlake3;
  readonly step: (event: EngineEvent) => void;
  readonly count: NodeCount;
  readonly observe: NodeObserve;
  readonly failed: (what: string, error: unknown) => void;
}

/** NodeControl of a running node, for the API and for embedding programs. */
export class ManagerControl implements NodeControl {
  readonly #parts: ControlParts;
  readonly #catalog: Catalog;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#catalog = new Catalog(parts);
  }

  info(): NodeInfo {
    return nodeInfo(this.#parts);
  }

  health(): NodeHealth {
    return nodeHealth(this.#parts);
  }

  peers(): readonly PeerInfo[] {
    return peerInfos(this.#parts);
  }

  reach(): ReachInfo {
    return this.#parts.network.reach.report();
  }

  bounds(): readonly BoundRow[] {
    return boundRows(this.#parts);
  }

  stats(): NodeStats {
    return nodeStats(this.#parts);
  }

  publishTask(draft: TaskDraft): Promise<Published> {
    const { blake3, options } = this.#parts;
    return this.#publish(draft, (author) => ownTask(blake3, options.identity.rules, author, draft));
  }

  submitSolution(draft: SubmissionDraft): Promise<Published> {
    const { blake3, options } = this.#parts;
    return this.#publish(draft, async (author) => {
      const task = this.#taskRef(draft.taskId);
      return ownSubmission(blake3, options.identity.rules, author, task, draft);
    });
  }

  validateSubmission(draft: ValidationDraft): Promise<Published> {
    const { blake3, options, engine } = this.#parts;
    return this.#publish(draft, async (author) => {
      const taskId = engine.entry(draft.submissionId)?.taskId;
      if (taskId === undefined) throw new NetworkError("not_found", "the node does not know the submission");
      if (draft.taskId !== undefined && draft.taskId !== taskId) {
        throw new NetworkError("bad_parameters", "the submission belongs to another task");
      }
      const task = this.#taskRef(taskId);
      return ownValidation(blake3, options.identity.rules, author, task, draft);
    });
  }

  cancelTask(draft: CancelDraft): Promise<Published> {
    return this.#publish(draft, async (author) => ownCancel(author, this.#taskRef(draft.taskId), draft));
  }

  holdsTask(taskId: string): boolean {
    return this.#catalog.view(taskId) !== undefined;
  }

  taskDetails(taskId: string): Promise<TaskDetails> {
    return this.#read(this.#catalog.task(taskId));
  }

  resolveId(prefix: string, kind: RecordKind | undefined): ResolvedId {
    return resolveId(this.#parts.engine, prefix, kind);
  }

  async listTasks(query: TaskQuery): Promise<TaskPage> {
    return this.#catalog.list(query);
  }

  fraudAlerts(taskId: string | undefined, limit: number): readonly AlertView[] {
    return this.#parts.engine.alerts(taskId).slice(0, limit);
  }

  minerStats(author: string): MinerStats {
    return this.#parts.engine.minerStats(author);
  }

  async minerOnChain(author: string): Promise<MinerOnChain | undefined> {
    return this.#parts.chain.miner(author);
  }

  activeMiners(): number {
    return this.#parts.engine.activeMiners(Math.floor(this.#parts.nowMs() / 1000), ACTIVE_SECONDS);
  }

  submission(submissionId: string): Promise<SubmissionDetails> {
    return this.#read(this.#catalog.submission(submissionId));
  }

  certificates(submissionId: string): Promise<SubmissionCertificates> {
    return this.#read(this.#catalog.certificates(submissionId));
  }

  votes(submissionId: string): SubmissionVotes {
    return this.#catalog.votes(submissionId);
  }

  fraudAnalysis(submissionId: string): Promise<FraudAnalysis> {
    return this.#read(this.#parts.analyst.analyse(submissionId));
  }

  rewards(taskId: string): Promise<RewardsOf> {
    return this.#read(this.#catalog.rewards(taskId));
  }

  async stateDigest(atSeconds: number | undefined): Promise<StateDigest> {
    const { engine, digests, nowMs, options } = this.#parts;
    const minute = Math.floor(nowMs() / 1000 / DIGEST_STEP_SECONDS) * DIGEST_STEP_SECONDS;
    const at = atSeconds ?? minute;
    if (at < 0 || at % DIGEST_STEP_SECONDS !== 0) {
      throw new NetworkError(
        "bad_parameters",
        `the time of a state digest is a multiple of ${DIGEST_STEP_SECONDS} seconds`,
      );
    }
    const digest = await digests.take(at);
    const facts = options.chain.facts();
    const tasks = Object.values(engine.taskCounts()).reduce((sum, count) => sum + count, 0);
    return {
      atSeconds: at,
      digest,
      registryDigest: facts.registryDigest,
      registryTimeSeconds: facts.registryTimeSeconds,
      strands: engine.strands().length,
      tasks,
      records: engine.recordCount,
    };
  }

  async syncTask(taskId: string): Promise<void> {
    this.#parts.step({ kind: "sync_task", taskId });
  }

  eventsAfter(after: number, limit: number): Promise<readonly StoredEvent[]> {
    return this.#read(this.#parts.options.store.events(after, limit));
  }

  subscribe(listener: (event: StoredEvent) => void): () => void {
    return this.#parts.hub.subscribe(listener);
  }

  #taskRef(taskId: string): TaskRef {
    const view = this.#catalog.view(taskId);
    if (view?.announcement === undefined) throw new NetworkError("not_found", "the node does not know the task");
    return { taskId, taskType: view.taskType, t0: view.t0 };
  }

  /** Passes the error of a read to the caller, and reports it if it is a failure of this node. */
  async #read<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof NetworkError) || isOwnFailure(error)) this.#parts.failed("read", error);
      throw error;
    }
  }

  /** Counts a refusal, and reports it if it is a failure of this node. */
  async #publish(draft: DraftBase, make: (author: string) => Promise<OwnDraft>): Promise<Published> {
    const { authors, publisher, clocks, count, observe, failed } = this.#parts;
    const startMs = performance.now();
    const seconds = (): number => (performance.now() - startMs) / 1000;
    try {
      const author = authors.named(draft.author);
      const published = await publishOnce(publisher, author, draft, make);
      observe("publish", "accepted", seconds());
      const warning = clocks.warning();
      return warning === undefined ? published : { ...published, warning };
    } catch (error) {
      const known = error instanceof NetworkError ? error : undefined;
      observe("publish", "refused", seconds());
      count("own_refused", known?.code ?? "unexpected", 1);
      if (known === undefined || isOwnFailure(known)) failed("publish", error);
      throw error;
    }
  }
}

function isOwnFailure({ code, kind }: NetworkError): boolean {
  return code === "kernel_failed" || (kind === "storage" && code !== "not_found");
}
