import { BODY_BUNDLES } from "../../src/engine/index.js";
import type { BodyPart } from "../../src/protocol/body-parts.js";
import type { SyncRequest } from "../../src/protocol/sync-messages.js";
import { LoneWorld } from "../support/simulation/lone-world.js";
import { author, type Made } from "../support/simulation/story.js";

export type BodiesRequest = Extract<SyncRequest, { kind: "bodies" }>;

export function worldOf(...peers: string[]): LoneWorld {
  const lone = new LoneWorld();
  for (const peer of peers) lone.peer(peer, { addressGroup: peer, features: [BODY_BUNDLES] });
  return lone;
}

export function hashOf({ payload }: Made): string {
  return payload.kind === "cancel" ? "" : (payload.body?.hash ?? "");
}

/** Tasks of as many authors, by body hash. */
export function tasks(lone: LoneWorld, count: number, size = 64): ReadonlyMap<string, Made> {
  const { story } = lone;
  const made = Array.from({ length: count }, (_, i) => story.task(author(i), story.nowSeconds + 3600, {}, 4, size));
  return new Map(made.map((one) => [hashOf(one), one]));
}

/** The records come from `peer`, in bundles of 64. */
export function gossip(lone: LoneWorld, peer: string, made: Iterable<Made>): void {
  const envelopes = [...made].map(({ envelope }) => envelope);
  for (let at = 0; at < envelopes.length; at += 64) lone.gossip(peer, envelopes.slice(at, at + 64));
}

export function requests(lone: LoneWorld, peer: string): BodiesRequest[] {
  return lone.node.effects.flatMap((effect) =>
    effect.kind === "send_request" && effect.peer === peer && effect.request.kind === "bodies" ? [effect.request] : [],
  );
}

export function whole({ body }: Made): BodyPart {
  return { status: "ok", left: body.length, bytes: body };
}

export function parts(lone: LoneWorld, peer: string, id: string, answers: readonly BodyPart[]): void {
  lone.frame(peer, { kind: "bodies", requestId: id, parts: answers });
}

export function end(lone: LoneWorld, peer: string, id: string, status: "ok" | "busy" = "ok"): void {
  lone.respond(peer, { requestId: id, status, items: 0, bytes: 0n });
}

/** Two tasks that `a` announces and is asked for at once. */
export function askedForTwo(size = 64): { lone: LoneWorld; made: ReadonlyMap<string, Made>; request: BodiesRequest } {
  const lone = worldOf("a", "b");
  const made = tasks(lone, 2, size);
  gossip(lone, "a", made.values());
  lone.clock.advance(10);
  const [request] = requests(lone, "a");
  if (request === undefined) throw new Error("no request");
  return { lone, made, request };
}
