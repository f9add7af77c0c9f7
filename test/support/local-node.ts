import type { NodeControl, SubmissionDraft, TaskDraft, ValidationDraft } from "../../src/api/control.js";
import type { StoredEvent } from "../../src/engine/index.js";
import { AINetworkSyncManager } from "../../src/manager/network-sync-manager.js";
import { openStandalone, type StandaloneParts } from "../../src/plugin/standalone-parts.js";

/** A real node in this process: libp2p over loopback, its own database, real signatures. */
export class LocalNode {
  readonly manager: AINetworkSyncManager;
  readonly #parts: StandaloneParts;

  private constructor(manager: AINetworkSyncManager, parts: StandaloneParts) {
    this.manager = manager;
    this.#parts = parts;
  }

  static async start(
    dirPath: string,
    bootstrap: readonly string[] = [],
    networkName = "e2e",
    taskTypes: readonly number[] = [0, 1, 2, 3, 4, 5],
    nowMs: () => number = Date.now,
    files: { readonly rosterFile?: string; readonly rulesFile?: string } = {},
  ): Promise<LocalNode> {
    const listen = ["/ip4/127.0.0.1/tcp/0"];
    const parts = await openStandalone({ dirPath, bootstrap, networkName, listen, taskTypes, ...files });
    const manager = new AINetworkSyncManager({ ...parts.options, nowMs });
    try {
      await manager.start();
    } catch (error) {
      await parts.close();
      throw error;
    }
    return new LocalNode(manager, parts);
  }

  get control(): NodeControl {
    return this.manager.control;
  }

  get address(): string {
    return this.manager.multiaddrs[0] as string;
  }

  /**
   * Calls `probe` now and after every event of this node until it returns a value. If it never does, the time limit of
   * the test fails it.
   */
  async until<T>(probe: (control: NodeControl) => Promise<T | undefined>): Promise<T> {
    let wake: () => void = () => undefined;
    const unsubscribe = this.control.subscribe((_event: StoredEvent) => wake());
    const clock = setInterval(() => wake(), 100);
    try {
      for (;;) {
        const next = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const found = await probe(this.control);
        if (found !== undefined) return found;
        await next;
      }
    } finally {
      clearInterval(clock);
      unsubscribe();
    }
  }

  async stop(): Promise<void> {
    await this.manager.stop();
    await this.#parts.close();
  }
}

export function codeTask(description: string): TaskDraft {
  return {
    author: undefined,
    idempotencyKey: undefined,
    detail: { type: "CodeAnalysis", language: "Rust", complexity: "Simple" },
    description,
    data: new TextEncoder().encode("fn main() {}"),
    rewardNano: 5_000_000_000n,
    gasFeeNano: 0n,
    stakeRequiredNano: 0n,
    deadline: { kind: "after", seconds: 3600 },
    difficulty: 0,
    verification: 1,
    requiredReviewers: 2,
    maxParticipants: 10,
    qualityThreshold: 70,
  };
}

export function answerTo(taskId: string, answer: string): SubmissionDraft {
  return {
    author: undefined,
    idempotencyKey: undefined,
    taskId,
    answer: new TextEncoder().encode(answer),
    qualityHint: 0,
    stakeNano: 1n,
    gasFeeNano: 0n,
    computationProof: undefined,
  };
}

export function scoreOf(submissionId: string, score: number): ValidationDraft {
  return {
    author: undefined,
    idempotencyKey: undefined,
    taskId: undefined,
    submissionId,
    score,
    validationKind: 1,
    body: undefined,
  };
}
