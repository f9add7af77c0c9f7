import type { ReasonCode } from "../protocol/errors.js";
import type { EngineEffect, LogLevel } from "./effects.js";
import type { CounterLabel, CounterName } from "./metrics.js";
import type { StoreWrite } from "./writes.js";

/**
 * Unknown authors reported in one step, because each may cost a question to the chain. A later record reports the
 * others.
 */
const UNKNOWN_AUTHORS_MAX = 16;

/** Collects the effects of one step. All writes of the step form one batch, the first effect. */
export class Outbox {
  #effects: EngineEffect[] = [];
  #writes: StoreWrite[] = [];
  #sync = false;
  /** By name and label. */
  #counts = new Map<CounterName, Map<string, number>>();
  readonly #unknownAuthors = new Set<string>();

  emit(effect: EngineEffect): void {
    this.#effects.push(effect);
  }

  write(write: StoreWrite): void {
    this.#writes.push(write);
  }

  /** The writes of this step must be on the disk before its other effects are carried out. */
  needSync(): void {
    this.#sync = true;
  }

  count<N extends CounterName>(name: N, label: CounterLabel<N>, value = 1): void {
    let labels = this.#counts.get(name);
    if (labels === undefined) {
      labels = new Map();
      this.#counts.set(name, labels);
    }
    labels.set(label, (labels.get(label) ?? 0) + value);
  }

  fault(peer: string, code: ReasonCode): void {
    this.emit({ kind: "fault", peer, code });
    this.count("faults", code);
  }

  /** Reports each author once in a step, at most {@link UNKNOWN_AUTHORS_MAX}. */
  unknownAuthor(author: string): void {
    if (this.#unknownAuthors.size < UNKNOWN_AUTHORS_MAX) this.#unknownAuthors.add(author);
  }

  log(level: LogLevel, text: string, fields: Readonly<Record<string, string | number>> = {}): void {
    this.emit({ kind: "log", level, text, fields });
  }

  take(): EngineEffect[] {
    const effects: EngineEffect[] = [];
    if (this.#writes.length > 0) effects.push({ kind: "persist", writes: this.#writes, sync: this.#sync });
    effects.push(...this.#effects);
    for (const author of this.#unknownAuthors) effects.push({ kind: "unknown_author", author });
    for (const [name, labels] of this.#counts) {
      for (const [label, value] of labels) effects.push({ kind: "count", name, label, value });
    }
    this.#effects = [];
    this.#writes = [];
    this.#sync = false;
    this.#counts = new Map();
    this.#unknownAuthors.clear();
    return effects;
  }
}
