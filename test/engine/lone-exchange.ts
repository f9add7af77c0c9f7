import { LoneWorld } from "../support/simulation/lone-world.js";

let requests = 0;

/** An id that no other exchange of the test run has. */
export function requestId(): string {
  return (++requests).toString(16).padStart(32, "0");
}

export function worldWith(...peers: string[]): LoneWorld {
  const lone = new LoneWorld();
  for (const peer of peers) lone.peer(peer);
  return lone;
}

/** The statuses that answered a request. */
export function statuses(lone: LoneWorld, id: string): string[] {
  return lone.node.effects.flatMap((effect) =>
    effect.kind === "send_response" && effect.requestId === id ? [effect.status] : [],
  );
}
