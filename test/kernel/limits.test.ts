import { describe, expect, it } from "vitest";
import { checkInput } from "../../src/kernel/limits.js";

const gone: Record<string, () => Uint8Array> = {
  transferred: () => {
    const bytes = new Uint8Array(200);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  },
  shrunk: () => {
    const memory = new ArrayBuffer(200, { maxByteLength: 400 });
    const bytes = new Uint8Array(memory, 100);
    memory.resize(80);
    return bytes;
  },
  shared: () => new Uint8Array(new SharedArrayBuffer(200)),
};

describe("checkInput", () => {
  it("checkInput refuses detached and shared buffers also in optimized code", () => {
    const whole = [new Uint8Array(), new Uint8Array(8)];
    const refused: string[] = [];
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 20_000; i++) checkInput(...whole);
      for (const [name, make] of Object.entries(gone)) {
        try {
          checkInput(make());
        } catch {
          refused.push(name);
        }
      }
    }
    expect(refused).toHaveLength(60);
  });
});
