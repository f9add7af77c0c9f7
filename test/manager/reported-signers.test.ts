import { expect, test } from "vitest";
import type { FaultReport } from "../../src/api/facts/fault-codes.js";
import type { Signer } from "../../src/manager/publish/keyring.js";
import { ReportedSigners } from "../../src/manager/publish/reported-signers.js";
import { NetworkError } from "../../src/protocol/errors.js";

function rig() {
  const faults = new Map<string, FaultReport>();
  const signers = new ReportedSigners({
    raise: (report) => void faults.set(report.code, report),
    clear: (...[, code]) => void faults.delete(code),
  });
  /** A key of one repeated byte, whose next failure is set by the test. */
  const key = (byte: number, keptBy: "host" | "node") => {
    const next: { failure: Error | undefined } = { failure: undefined };
    const signer: Signer = {
      publicKey: new Uint8Array(32).fill(byte),
      sign: async () => {
        if (next.failure !== undefined) throw next.failure;
        return new Uint8Array(96);
      },
    };
    return { next, sign: () => signers.of(signer, keptBy).sign(new Uint8Array(1)) };
  };
  return { faults, key };
}

test("A key that fails to sign is a fault until it signs again, even if other keys sign.", async () => {
  const { faults, key } = rig();
  const [one, other] = [key(1, "host"), key(2, "host")];
  one.next.failure = new NetworkError("request_refused", "not so often");
  await expect(one.sign()).rejects.toThrow("not so often");
  expect(faults.get("signer_away")?.text).toBe(
    "the program that hosts this node does not sign with the key 0101010101010101: not so often",
  );
  await other.sign();
  expect(faults.size).toBe(1);
  one.next.failure = undefined;
  await one.sign();
  expect(faults.size).toBe(0);
});

test("A local key that the kernel can't use is a fault; a refusal at a stop is none.", async () => {
  const { faults, key } = rig();
  const own = key(3, "node");
  own.next.failure = new NetworkError("stopped", "the plugin stops");
  await expect(own.sign()).rejects.toThrow("stops");
  expect(faults.size).toBe(0);
  own.next.failure = new Error("the addon is gone");
  await expect(own.sign()).rejects.toThrow("gone");
  expect(faults.get("signer_away")).toMatchObject({ cure: expect.stringContaining("restart") });
});
