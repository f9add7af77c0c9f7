import type { BodyKeeper } from "./bodies/index.js";
import type { EngineEvent } from "./events.js";
import type { Admission } from "./intake/index.js";

interface LosingCore {
  readonly admission: Pick<Admission, "lose">;
  readonly keeper: Pick<BodyKeeper, "lost">;
}

/** What the disk can't give back is not held any more: exchanges bring the records again, requests the bodies. */
export function loseValues(
  { admission, keeper }: LosingCore,
  lost: Extract<EngineEvent, { kind: "values_lost" }>,
): void {
  admission.lose(lost.records);
  for (const hash of lost.bodies) keeper.lost(hash);
}
