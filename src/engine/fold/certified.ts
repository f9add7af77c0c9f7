import type { NetworkRules } from "../../protocol/rules.js";
import { isReached } from "./verdict.js";
import type { CertificateFact, CertifiedVerdict } from "./views.js";

/** The certificates of one task: at most one per submission and value. A submission with two values is contested. */
export class TaskCertificates {
  readonly #facts = new Map<string, CertificateFact>();

  get size(): number {
    return this.#facts.size;
  }

  add(fact: CertificateFact): void {
    this.#facts.set(fact.id, fact);
  }

  remove(id: string): void {
    this.#facts.delete(id);
  }

  has(submissionId: string): boolean {
    for (const fact of this.#facts.values()) if (fact.submissionId === submissionId) return true;
    return false;
  }

  /** All of them, contested ones too, ascending by id. */
  all(): CertificateFact[] {
    return [...this.#facts.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Submissions with certificates of different value, ascending: neither is final. */
  contested(): string[] {
    const values = new Map<string, string>();
    const found = new Set<string>();
    for (const { submissionId, value } of this.#facts.values()) {
      const held = values.get(submissionId);
      if (held === undefined) values.set(submissionId, value);
      else if (held !== value) found.add(submissionId);
    }
    return [...found].sort();
  }

  /** Uncontested verdicts, ascending by submission; none without the announcement's `requiredReviewers`. */
  verdicts(requiredReviewers: number | undefined, rules: NetworkRules): CertifiedVerdict[] {
    if (requiredReviewers === undefined) return [];
    const contested = new Set(this.contested());
    return [...this.#facts.values()]
      .filter(({ submissionId }) => !contested.has(submissionId))
      .map((fact) => ({ ...fact, reached: isReached(fact, requiredReviewers, rules) }))
      .sort((a, b) => (a.submissionId < b.submissionId ? -1 : 1));
  }
}

/** The certificates of all tasks. Bounded by the certificates of the set. */
export class CertificateBook {
  readonly #tasks = new Map<string, TaskCertificates>();

  /** Tasks with a certificate. */
  get size(): number {
    return this.#tasks.size;
  }

  get(taskId: string): TaskCertificates | undefined {
    return this.#tasks.get(taskId);
  }

  add(taskId: string, fact: CertificateFact): void {
    let held = this.#tasks.get(taskId);
    if (held === undefined) {
      held = new TaskCertificates();
      this.#tasks.set(taskId, held);
    }
    held.add(fact);
  }

  /** Whether a certificate of the submission is held, contested or not. */
  isCertified(taskId: string, submissionId: string): boolean {
    return this.#tasks.get(taskId)?.has(submissionId) ?? false;
  }

  /** Ids of the certificates of a task, ascending. */
  ids(taskId: string): string[] {
    const held = this.#tasks.get(taskId)?.all() ?? [];
    return held.map(({ id }) => id);
  }

  remove(taskId: string, id: string): void {
    const held = this.#tasks.get(taskId);
    held?.remove(id);
    if (held?.size === 0) this.#tasks.delete(taskId);
  }
}
