import type { EngineCore } from "./core.js";
import type { EngineEvent } from "./events.js";

type LosingCore = Pick<EngineCore, "admission" | "keeper">;

/** What the disk can't give back is not held any more: exchanges bring the records again, requests the bodies. */
export function loseValues(
  { admission, keeper }: LosingCore,
  lost: Extract<EngineEvent, { kind: "values_lost" }>,
): void {
  admission.lose(lost.records);
  for (const hash of lost.bodies) keeper.lost(hash);
}
