import { describe, expect, it } from "vitest";
import { Undo } from "../../src/lifecycle/undo.js";

describe("Undo", () => {
  it("All steps run in reverse order; then the error of the first failed step is thrown.", async () => {
    const undo = new Undo();
    const done: number[] = [];
    for (const step of [1, 2, 3, 4]) {
      undo.push(async () => {
        done.push(step);
        if (step % 2 === 1) throw new Error(`step ${step}`);
      });
    }
    await expect(undo.run()).rejects.toThrow("step 3");
    expect(done).toEqual([4, 3, 2, 1]);
    await undo.run();
  });

  it("A failing step does not hide the error of the start.", async () => {
    const undo = new Undo();
    undo.push(() => {
      throw new Error("closing");
    });
    await expect(undo.fail(new Error("opening"))).rejects.toThrow("opening");
  });
});
