// A node that holds tasks with bodies from the start on: they are written to its store before it runs.
import { blake3Of, loadKernel } from "../../dist/kernel/index.js";
import { openStandalone } from "../../dist/plugin/index.js";
import { serveNode } from "../../dist/plugin/served-node.js";
import { bodyRef, encodeBody } from "../../dist/protocol/bodies.js";
import { toHex } from "../../dist/protocol/bytes.js";
import { encodeHead, joinEnvelope, MessageType, recordId, signedMessage } from "../../dist/protocol/envelope.js";
import { windowOf } from "../../dist/protocol/membership.js";
import { encodeRecord } from "../../dist/protocol/records.js";
import { recordStrand } from "../../dist/protocol/strand.js";
import { serveChild } from "../e2e/child.mjs";
import { identityOf, NETWORK_NAME, TASK_TYPE } from "../e2e/shape.mjs";

/** Tasks that one author may announce in a day. */
const TASKS_A_DAY = 64;
/** Tasks of one second, and the age of the first. */
const A_SECOND = 100;
const AGE_SECONDS = 1000;
const WRITE_TASKS = 500;

/** A body of exactly `length` bytes that no other index has. */
function bodyOf(author, index, length) {
  const detail = { type: "CodeAnalysis", language: "Rust", complexity: "Simple" };
  const fees = { gasFeeNano: 1n, stakeRequiredNano: 2n };
  const make = (size) => {
    const data = new Uint8Array(size).fill(7);
    new DataView(data.buffer).setUint32(0, index);
    return encodeBody({ kind: "task", author, detail, description: "bench", data, ...fees });
  };
  const head = make(128).length - 128;
  const made = make(length - head);
  // The length of the data has one byte more from some size on.
  return made.length === length ? made : make(length - head - (made.length - length));
}

async function fill(store, count, bodyBytes) {
  const { kernel } = await loadKernel();
  const blake3 = blake3Of(kernel);
  const identity = await identityOf(blake3);
  const startSeconds = Math.floor(Date.now() / 1000) - AGE_SECONDS;
  const terms = { difficulty: 0, verification: 1, requiredReviewers: 2, maxParticipants: 10, qualityThreshold: 50 };
  let writes = [];
  let recordBytes = 0;
  for (let index = 0; index < count; index++) {
    const privateKey = new Uint8Array(32);
    new DataView(privateKey.buffer).setUint32(0, 1 + Math.floor(index / TASKS_A_DAY), true);
    const publicKey = kernel.publicKey(privateKey);
    const author = toHex(publicKey);
    const timestampSeconds = startSeconds + Math.floor(index / A_SECOND);
    const bytes = bodyOf(author, index, bodyBytes);
    const body = bodyRef(blake3, bytes);
    const deadlineSeconds = startSeconds + 20 * 86_400;
    const payload = { kind: "task", taskType: TASK_TYPE, deadlineSeconds, rewardNano: 9n, ...terms, body };
    const number = index % TASKS_A_DAY;
    const fields = { type: MessageType.TaskAnnouncement, network: identity.network, timestampSeconds, number };
    const head = encodeHead({ ...fields, sender: publicKey, payload: encodeRecord(payload) });
    const envelope = joinEnvelope(head, kernel.sign(privateKey, signedMessage(identity.genesis, head)));
    const id = toHex(recordId(blake3, identity.genesis, head));
    const strand = recordStrand({ taskId: id, taskType: TASK_TYPE, t0: timestampSeconds }, identity.rules.shards);
    const window = windowOf(timestampSeconds, identity.rules);
    const entry = { id, type: 0, author, strand, window, timestampSeconds, number, taskId: id };
    writes.push({ kind: "put_record", entry, envelope }, { kind: "put_body", hash: body.hash, taskId: id, bytes });
    recordBytes += envelope.length;
    if (writes.length < 2 * WRITE_TASKS && index + 1 < count) continue;
    await store.apply(writes, { sync: false });
    writes = [];
  }
  await kernel.close();
  return recordBytes;
}

await serveChild(async ({ dirPath, count, bodyBytes }) => {
  const options = { dirPath, networkName: NETWORK_NAME, listen: ["/ip4/127.0.0.1/tcp/0"] };
  const opened = await openStandalone(options);
  const recordBytes = await fill(opened.options.store, count, bodyBytes);
  await opened.close();
  const node = await serveNode(() => openStandalone(options), { host: "127.0.0.1", port: 0 });
  return {
    facts: { address: node.manager.multiaddrs[0], recordBytes },
    handlers: {},
    stop: () => node.stop(),
  };
});
