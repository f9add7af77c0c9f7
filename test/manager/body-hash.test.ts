import { describe, expect, it } from "vitest";
import { bodyRefInTurns } from "../../src/manager/publish/body-hash.js";
import { bodyRef } from "../../src/protocol/bodies.js";
import { blake3 } from "../support/samples.js";

describe("bodyRefInTurns", () => {
  it.each([1, 65_536, 65_537, 3 * 65_536, 1_048_576])(
    "A body of %i bytes has the same reference in turns as at once.",
    async (length) => {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 9)) & 255);
      expect(await bodyRefInTurns(blake3, bytes)).toEqual(bodyRef(blake3, bytes));
    },
  );

  it("The event loop runs between the parts of a large body.", async () => {
    let turns = 0;
    let running = true;
    const other = () => {
      turns += 1;
      if (running) setImmediate(other);
    };
    setImmediate(other);
    await bodyRefInTurns(blake3, new Uint8Array(1_048_576));
    running = false;
    expect(turns).toBeGreaterThanOrEqual(15);
  });

  it("A hash that fails is released.", async () => {
    let destroyed = 0;
    const failing = Object.assign((bytes: Uint8Array) => blake3(bytes), {
      create: () => {
        const stream = blake3.create();
        const update = (part: Uint8Array) => {
          if (part.length === 65_536) throw new Error("as asked");
          stream.update(part);
        };
        const destroy = () => {
          destroyed += 1;
          stream.destroy();
        };
        return { update, digest: () => stream.digest(), destroy };
      },
    });
    await expect(bodyRefInTurns(failing, new Uint8Array(65_537))).rejects.toThrow("as asked");
    expect(destroyed).toBe(1);
  });
});
