import type { BodyRef } from "../../protocol/records.js";

/** A validation that counts. */
export interface CountedValidation {
  readonly id: string;
  readonly validator: string;
  readonly score: number;
  readonly weight: number;
  readonly timestampSeconds: number;
  readonly body: BodyRef | undefined;
}

/**
 * The counted validations of a submission at one moment. A list with one more validation shares the memory of this one
 * and costs the same for any length, so that validations of one submission may be many; only a reader sorts them.
 */
export class ValidationList {
  static readonly empty = new ValidationList([], 0);
  /** In order of arrival. Lists of other moments share it; each reads its own first `length` entries. */
  readonly #log: CountedValidation[];
  readonly length: number;

  private constructor(log: CountedValidation[], length: number) {
    this.#log = log;
    this.length = length;
  }

  static of(validations: readonly CountedValidation[]): ValidationList {
    return new ValidationList([...validations], validations.length);
  }

  /** This list and one more validation, whose id it doesn't have. */
  with(validation: CountedValidation): ValidationList {
    const isNewest = this.length > 0 && this.#log.length === this.length;
    const log = isNewest ? this.#log : this.#log.slice(0, this.length);
    log.push(validation);
    return new ValidationList(log, log.length);
  }

  /** A new array, ascending by id. */
  ascending(): CountedValidation[] {
    return this.#log.slice(0, this.length).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  }

  /** In no order. */
  *[Symbol.iterator](): Generator<CountedValidation> {
    for (let at = 0; at < this.length; at++) yield this.#log[at] as CountedValidation;
  }
}
