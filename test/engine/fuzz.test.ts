import fc from "fast-check";
import { test } from "vitest";
import { scan } from "../../src/kernel/reference-scan.js";
import { encodeBundle } from "../../src/protocol/bundle.js";
import { decodeFrame } from "../../src/protocol/frames.js";
import { packInput, scanContext } from "../../src/protocol/table.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author } from "../support/simulation/story.js";

type Act =
  | { readonly kind: "frame"; readonly bytes: Uint8Array; readonly known: boolean }
  | { readonly kind: "gossip"; readonly bytes: Uint8Array }
  | { readonly kind: "flip"; readonly at: number; readonly sync: boolean }
  | { readonly kind: "answer"; readonly items: number }
  | { readonly kind: "verdicts"; readonly bytes: Uint8Array }
  | { readonly kind: "away" };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant("frame" as const), bytes: fc.uint8Array({ maxLength: 120 }), known: fc.boolean() }),
  fc.record({ kind: fc.constant("gossip" as const), bytes: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ kind: fc.constant("flip" as const), at: fc.nat(400), sync: fc.boolean() }),
  fc.record({ kind: fc.constant("answer" as const), items: fc.nat(9) }),
  fc.record({ kind: fc.constant("verdicts" as const), bytes: fc.uint8Array({ maxLength: 4 }) }),
  fc.record({ kind: fc.constant("away" as const) }),
);

/** A step returns for any input of peers and any answer of adapters. */
test("no sequence of events makes a step throw", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const lone = new LoneWorld();
      const { story, node, identity } = lone;
      lone.peer("a", { dialed: true });
      story.publish(node, story.task(author(0), story.nowSeconds + 60));
      for (const one of acts) perform(lone, one, identity);
      lone.clock.advance(5000);
    }),
    { numRuns: 150 },
  );
});

function perform(lone: LoneWorld, one: Act, identity: LoneWorld["identity"]): void {
  const { story, node } = lone;
  const requestId = lone.asked("a", "windows").at(-1) ?? "0".repeat(32);
  switch (one.kind) {
    case "frame": {
      const bytes = one.bytes.slice();
      const id = Uint8Array.from(Buffer.from(requestId, "hex"));
      if (one.known && bytes.length > id.length) bytes.set(id, 1);
      const frame = decodeFrame(bytes);
      if (frame.ok) node.step({ kind: "frame", peer: "a", frame: frame.value });
      return;
    }
    case "gossip": {
      const input = packInput([one.bytes]);
      const table = scan(input, scanContext(identity));
      const source = { kind: "gossip" as const, peer: "a", topic: lone.topic, messageId: keyOf(String(one.bytes)) };
      node.step({ kind: "scanned", batch: 900, input, table, sources: [source] });
      return;
    }
    case "flip": {
      const made = story.submission(author(3), { taskId: keyOf("t"), taskType: 4, t0: story.nowSeconds });
      const bytes = made.envelope.slice();
      bytes[one.at % bytes.length] = (bytes[one.at % bytes.length] ?? 0) ^ 0x41;
      const source = one.sync
        ? { kind: "sync" as const, peer: "a", requestId }
        : { kind: "control" as const, peer: "a", frame: "envelope" as const, requestId };
      node.scan([{ bundle: encodeBundle([bytes]), source }]);
      return;
    }
    case "answer":
      node.step({ kind: "served", peer: "a", requestId, items: one.items, bytes: 1, ok: one.items > 4 });
      node.step({ kind: "proof_checked", peer: "a", requestId, valid: true });
      node.step({ kind: "task_loaded", taskId: keyOf("t"), records: [] });
      return;
    case "verdicts":
      node.step({ kind: "verified", batch: 900, lane: "clean", verdicts: one.bytes });
      node.step({ kind: "frame_refused", peer: "a" });
      return;
    case "away":
      node.step({ kind: "peer_gone", peer: "a" });
      lone.peer("a", { dialed: true });
  }
}
