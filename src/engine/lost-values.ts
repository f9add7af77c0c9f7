import { bodyOf } from "./body-book.js";
import type { EngineCore } from "./core.js";
import type { EngineEvent } from "./events.js";

type LosingCore = Pick<EngineCore, "admission" | "bodies" | "context" | "talk" | "tracker">;

/** What the disk can't give back is not held any more: exchanges bring the records again, requests the bodies. */
export function loseValues(
  { admission, bodies, context, talk, tracker }: LosingCore,
  lost: Extract<EngineEvent, { kind: "values_lost" }>,
): void {
  admission.lose(lost.records);
  for (const hash of lost.bodies) {
    const held = bodies.lose(hash);
    if (held === undefined) continue;
    context.out.write({ kind: "drop_body", hash, taskId: held.taskId });
    context.out.count("values_lost", "body");
    for (const record of tracker.records(held.taskId)) {
      if (bodyOf(record)?.hash === hash) talk.bodies.expect(record, undefined);
    }
  }
}
