import type { EngineEffect } from "../../../src/engine/effects.js";
import type { EngineEvent } from "../../../src/engine/events.js";
import { BodyPartPacker } from "../../../src/protocol/body-parts.js";
import { packBundles } from "../../../src/protocol/bundle.js";
import { FRAME_CHUNK_BYTES, type Frame } from "../../../src/protocol/frames.js";
import type { FakeDisk } from "./fake-disk.js";

type Served = Extract<EngineEffect, { kind: "serve_records" | "serve_body" | "serve_bodies" }>;

/** The frames that a node sends from its disk, and the event that the engine gets for them. */
export function answerFrom(disk: FakeDisk, effect: Served): { readonly frames: Frame[]; readonly served: EngineEvent } {
  const { peer, requestId } = effect;
  const frames: Frame[] = [];
  if (effect.kind === "serve_records") {
    const envelopes = effect.ids.flatMap((id) => disk.records.get(id)?.envelope ?? []);
    const limits = { bundleMaxCount: 64, bundleMaxBytes: 60_000 };
    for (const bundle of packBundles(envelopes, limits)) frames.push({ kind: "records", requestId, bundle });
    return { frames, served: { kind: "served", peer, requestId, items: envelopes.length, bytes: 0, ok: true } };
  }
  if (effect.kind === "serve_bodies") {
    const packer = new BodyPartPacker();
    const answers = effect.bodies.map(({ hash, status }) =>
      status === "ok" ? (disk.bodies.get(hash)?.bytes ?? "unknown") : status,
    );
    const groups = [...answers.flatMap((answer) => packer.add(answer)), ...packer.take()];
    for (const parts of groups) frames.push({ kind: "bodies", requestId, parts });
    const found = answers.filter((answer) => typeof answer !== "string");
    return { frames, served: { kind: "served", peer, requestId, items: found.length, bytes: 0, ok: true } };
  }
  const body = disk.bodies.get(effect.hash)?.bytes;
  for (let offset = 0; body !== undefined && offset < body.length; offset += FRAME_CHUNK_BYTES) {
    frames.push({ kind: "body", requestId, offset, bytes: body.subarray(offset, offset + FRAME_CHUNK_BYTES) });
  }
  const ok = body !== undefined;
  return { frames, served: { kind: "served", peer, requestId, items: ok ? 1 : 0, bytes: body?.length ?? 0, ok } };
}
