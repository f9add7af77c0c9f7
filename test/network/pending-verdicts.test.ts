import fc from "fast-check";
import { expect, it } from "vitest";
import { PENDING_VERDICT_BYTES, PENDING_VERDICTS_MAX } from "../../src/network/constants.js";
import { PendingVerdicts, VERDICT_WINDOW_MS } from "../../src/network/gossip/pending-verdicts.js";

it("pending verdicts answer each message once, to the peer that delivered it, and stay within their caps", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), id: fc.nat(50), bytes: fc.nat(PENDING_VERDICT_BYTES / 8) }),
    fc.record({ kind: fc.constant("take" as const), id: fc.nat(50) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(2 * VERDICT_WINDOW_MS) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const pending = new PendingVerdicts();
      const model = new Map<string, { readonly bytes: number; readonly sinceMs: number }>();
      let nowMs = 0;
      for (const action of steps) {
        if (action.kind === "wait") {
          nowMs += action.ms;
          pending.expire(nowMs);
          for (const [id, { sinceMs }] of model) if (nowMs - sinceMs > VERDICT_WINDOW_MS) model.delete(id);
        } else if (action.kind === "take") {
          const id = String(action.id);
          expect(pending.take(id)).toBe(model.delete(id) ? `peer of ${id}` : undefined);
        } else {
          const id = String(action.id);
          const used = [...model.values()].reduce((sum, { bytes }) => sum + bytes, 0);
          const fits = !model.has(id) && used + action.bytes <= PENDING_VERDICT_BYTES;
          expect(pending.add(id, `peer of ${id}`, action.bytes, nowMs)).toBe(fits);
          if (fits) model.set(id, { bytes: action.bytes, sinceMs: nowMs });
        }
        expect(pending.size).toBe(model.size);
        expect(pending.bytes).toBe([...model.values()].reduce((sum, { bytes }) => sum + bytes, 0));
      }
    }),
  );
});

it("pending verdicts hold no more messages than their cap, however small the messages are", () => {
  const pending = new PendingVerdicts();
  for (let i = 0; i < PENDING_VERDICTS_MAX; i++) expect(pending.add(String(i), "peer", 1, 0)).toBe(true);
  expect(pending.add("one more", "peer", 1, 0)).toBe(false);
  expect(pending.overflowed).toBe(1);
  pending.expire(VERDICT_WINDOW_MS + 1);
  expect([pending.size, pending.bytes]).toEqual([0, 0]);
});
