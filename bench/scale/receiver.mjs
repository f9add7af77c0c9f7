// An engine that takes bundles of a file as if the kernel had found every signature valid.
import { open } from "node:fs/promises";
import { Engine } from "../../dist/engine/index.js";
import { blake3Of, loadKernel } from "../../dist/kernel/index.js";
import { strandTopic } from "../../dist/protocol/strand.js";
import { packInput, readRow, rowCount, scanContext } from "../../dist/protocol/table.js";
import { FACTS, IDENTITY, TASK_TYPE } from "./shape.mjs";

const TOPIC = strandTopic(IDENTITY.network, TASK_TYPE, 0);
const READ_BYTES = 1 << 20;

/** The bundles of a file of make-records.mjs. */
export async function* bundlesOf(path) {
  const file = await open(path);
  try {
    let held = Buffer.alloc(0);
    for (;;) {
      while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
        const end = 4 + held.readUInt32BE(0);
        yield Uint8Array.from(held.subarray(4, end));
        held = held.subarray(end);
      }
      const part = Buffer.alloc(READ_BYTES);
      const { bytesRead } = await file.read(part, 0, READ_BYTES);
      if (bytesRead === 0) return;
      held = Buffer.concat([held, part.subarray(0, bytesRead)]);
    }
  } finally {
    await file.close();
  }
}

/** Processor time of all threads, microseconds. */
export function timed(run) {
  const began = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(began);
  return user + system;
}

export class Receiver {
  #kernel;
  #context = scanContext(IDENTITY);
  #batch = 0;
  #keeps;
  #writes = [];
  nowSeconds = 0;
  /** Records of {@link lose}. */
  lost = 0;
  #newestIds = [];

  /** `keeps`: the caller takes the writes. */
  constructor(kernel, keeps) {
    const [seed, nodeKey] = [new Uint8Array(32), "00".repeat(32)];
    this.#kernel = kernel;
    this.#keeps = keeps;
    this.engine = new Engine({ identity: IDENTITY, blake3: blake3Of(kernel), seed, nodeKey, authors: [], startMs: 0 });
    this.engine.step({ kind: "chain", facts: FACTS }, 0);
  }

  static async open({ keeps = false } = {}) {
    const { kernel } = await loadKernel();
    return new Receiver(kernel, keeps);
  }

  /** Takes a bundle. Returns the microseconds that the engine needs for it. */
  take(bundle) {
    const input = packInput([bundle]);
    const table = this.#kernel.scan(input, this.#context);
    const count = rowCount(table);
    this.nowSeconds = readRow(table, count - 1).timestampSeconds;
    this.#newestIds = Array.from({ length: count }, (_, row) => readRow(table, row).recordId);
    const batch = this.#batch++;
    const sources = [{ kind: "gossip", peer: "peer", topic: TOPIC, messageId: "message" }];
    const verdicts = new Uint8Array(count);
    return timed(() => {
      this.#step({ kind: "scanned", batch, input, table, sources });
      this.#step({ kind: "verified", batch, lane: "clean", verdicts });
    });
  }

  /** Returns the microseconds that a tick takes. */
  tick() {
    return timed(() => this.#step({ kind: "tick" }));
  }

  /** What the engine wants stored since the last call. */
  takeWrites() {
    const writes = this.#writes.flat();
    this.#writes = [];
    return writes;
  }

  #step(event) {
    for (const effect of this.engine.step(event, 1000 * this.nowSeconds)) {
      if (effect.kind === "persist" && this.#keeps) this.#writes.push(effect.writes);
    }
  }

  /** Loses one of the newest records. */
  lose() {
    const records = [this.#newestIds.pop()];
    this.lost++;
    this.engine.step({ kind: "values_lost", records, bodies: [] }, 1000 * this.nowSeconds);
  }

  async close() {
    await this.#kernel.close();
  }
}
