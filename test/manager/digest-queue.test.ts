import { describe, expect, it } from "vitest";
import type { DigestSteps } from "../../src/engine/fold/state-digest.js";
import { DIGESTS_MAX, DigestQueue } from "../../src/manager/answers/digest-queue.js";
import { toHex } from "../../src/protocol/bytes.js";

/** A digest with this number of steps of a millisecond each; `log` has its steps. */
function rig(steps: number) {
  const log: string[] = [];
  let nowMs = 0;
  function* digestSteps(atSeconds: number): DigestSteps {
    log.push(`begin ${atSeconds}`);
    try {
      for (let i = 0; i < steps; i++) {
        nowMs++;
        yield;
      }
      return new Uint8Array(32).fill(atSeconds / 60);
    } finally {
      log.push(`end ${atSeconds}`);
    }
  }
  return { queue: new DigestQueue({ engine: { digestSteps }, elapsedMs: () => nowMs }), log };
}

describe("DigestQueue", () => {
  it("Digests are computed one after the other, in slices that let the event loop run.", async () => {
    const { queue, log } = rig(100);
    const first = queue.take(60);
    const second = queue.take(120);
    const others = new Promise<void>((resolve) => {
      const look = (): void => {
        log.push("other");
        if (log.includes("end 60")) resolve();
        else setImmediate(look);
      };
      setImmediate(look);
    });
    expect(await first).toBe(toHex(new Uint8Array(32).fill(1)));
    expect(await second).toBe(toHex(new Uint8Array(32).fill(2)));
    await others;
    // 100 ms of work in slices of 5 ms.
    expect(log.slice(log.indexOf("begin 60"), log.indexOf("end 60")).filter((entry) => entry === "other").length).toBe(
      20,
    );
    expect(log.filter((entry) => entry !== "other")).toEqual(["begin 60", "end 60", "begin 120", "end 120"]);
  });

  it("The queue refuses digests beyond its cap, and a stop aborts those under way.", async () => {
    const { queue, log } = rig(1_000_000);
    const taken = Array.from({ length: DIGESTS_MAX }, (_, i) => queue.take(60 * i).catch((error) => error.code));
    expect(queue.waiting).toBe(DIGESTS_MAX);
    await expect(queue.take(0)).rejects.toMatchObject({ code: "peer_busy" });
    await queue.stop();
    expect(await Promise.all(taken)).toEqual(taken.map(() => "stopped"));
    expect(log.filter((entry) => entry.startsWith("begin")).length).toBeLessThanOrEqual(1);
    expect(queue.waiting).toBe(0);
  });
});
