/** What has been opened so far. Closing goes backwards, through every step whatever becomes of the others. */
export class Undo {
  readonly #steps: (() => Promise<void> | void)[] = [];

  push(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Throws what the first step that failed threw, when all have run. */
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

  /** For a start that failed: closes what it had opened and throws why it failed. */
  async fail(error: unknown): Promise<never> {
    await this.run().catch(() => undefined);
    throw error;
  }
}
