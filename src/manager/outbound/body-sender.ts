import type { BodyToServe } from "../../engine/index.js";
import { type BodyPart, BodyPartPacker } from "../../protocol/body-parts.js";
import { encodeFrame } from "../../protocol/frames.js";
import type { RecordStore } from "../../storage/index.js";

/** Bodies read at once while they are small. */
const READ_MAX = 32;
/** Bytes read at once at which fewer bodies are read the next time, down to one of at most 1 MiB. */
const READ_BYTES = 262_144;

/** Sends bodies of the store as `bodies` frames, in order and at the pace of `send`. */
export async function sendBodies(
  store: Pick<RecordStore, "body">,
  requestId: string,
  bodies: readonly BodyToServe[],
  send: (frame: Uint8Array) => Promise<void>,
): Promise<{ items: number; bytes: number }> {
  const packer = new BodyPartPacker();
  const write = async (groups: readonly (readonly BodyPart[])[]): Promise<void> => {
    for (const parts of groups) await send(encodeFrame({ kind: "bodies", requestId, parts }));
  };
  let items = 0;
  let bytes = 0;
  let readAtOnce = 1;
  for (let at = 0; at < bodies.length; ) {
    const group = bodies.slice(at, at + readAtOnce);
    at += group.length;
    const read = await Promise.all(
      group.map(async ({ hash, status }) => (status === "ok" ? ((await store.body(hash)) ?? "unknown") : status)),
    );
    let groupBytes = 0;
    for (const answer of read) {
      if (typeof answer !== "string") {
        items++;
        groupBytes += answer.length;
      }
      await write(packer.add(answer));
    }
    bytes += groupBytes;
    readAtOnce = groupBytes < READ_BYTES ? Math.min(READ_MAX, 2 * readAtOnce) : Math.ceil(readAtOnce / 4);
  }
  await write(packer.take());
  return { items, bytes };
}
