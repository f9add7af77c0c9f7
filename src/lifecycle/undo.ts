/** The closing steps of what is open. They run in reverse order; a step that fails does not stop the others. */
export class Undo {
  readonly #steps: (() => Promise<void> | void)[] = [];

  push(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Runs all steps, each once. Then throws the error of the first step that failed. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Runs all steps after a failed start, then throws the error of the start. */
  async fail(error: unknown): Promise<never> {
    await this.run().catch(() => undefined);
    throw error;
  }
}
