import type { ReasonCode } from "../../protocol/errors.js";

/** A batch of the scan queue, or the wait for the disk of a record that is a member already. */
type Key = number | symbol;

/**
 * Callers that wait for the result of an own record. A result is a reason code, or undefined: the record is a member
 * and safe on the disk. While the disk refuses writes and after the stop every wait ends at once.
 */
export class OwnResults {
  readonly #waiting = new Map<Key, (code: ReasonCode | undefined) => void>();
  #refused: ReasonCode | undefined;

  /** Why no own record is taken now: `storage_failed` or `stopped`; undefined: records are taken. */
  get refused(): ReasonCode | undefined {
    return this.#refused;
  }

  wait(key: Key, answer: (code: ReasonCode | undefined) => void): void {
    this.#waiting.set(key, answer);
  }

  /** Answers one caller; no-op for a batch that no caller waits for. */
  settle(key: Key, code: ReasonCode | undefined): void {
    const answer = this.#waiting.get(key);
    this.#waiting.delete(key);
    answer?.(code);
  }

  /**
   * The disk refuses writes, or takes them again. On a refusal all callers are answered: they do not wait for a repair.
   */
  diskRefuses(refuses: boolean): void {
    if (this.#refused === "stopped") return;
    this.#refused = refuses ? "storage_failed" : undefined;
    if (refuses) this.#settleAll("storage_failed");
  }

  /** Answers all callers with `stopped`; the next start finishes their records. */
  stop(): void {
    this.#refused = "stopped";
    this.#settleAll("stopped");
  }

  #settleAll(code: ReasonCode): void {
    for (const answer of this.#waiting.values()) answer(code);
    this.#waiting.clear();
  }
}
