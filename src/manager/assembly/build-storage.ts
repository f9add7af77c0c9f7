import { randomBytes } from "node:crypto";
import { Engine } from "../../engine/index.js";
import { blake3Of } from "../../kernel/index.js";
import type { StreamingBlake3 } from "../../protocol/hash.js";
import { DiskHealth, writtenPaths } from "../faults/index.js";
import { StoreWriter } from "../outbound/index.js";
import { AuthorStores, type Keyring, openKeyring, ReportedSigners } from "../publish/index.js";
import type { BuildBase } from "./build-base.js";
import { kernelVerdicts } from "./kernel-verdicts.js";
import { RecordScrub } from "./record-scrub.js";
import { logRestored, restore } from "./restore-engine.js";

/** The keys of the node and their open signing logs. */
export interface OpenKeys {
  readonly keyring: Keyring;
  readonly authors: AuthorStores;
  readonly disk: DiskHealth;
}

/** The engine with the restored set, and the way to the disk. */
export interface StorageParts extends OpenKeys {
  readonly blake3: StreamingBlake3;
  readonly engine: Engine;
  readonly writer: StoreWriter;
  /** Reads the records that the start did not read; undefined: it read all. */
  readonly scrub: RecordScrub | undefined;
}

/** Opens the keys. The caller closes `authors`. */
export async function openKeys({ options, shared: { faults, nowMs, count } }: BuildBase): Promise<OpenKeys> {
  const { identity, keysPath, hostKeys } = options;
  const nowSeconds = Math.floor(nowMs() / 1000);
  const opened = await openKeyring(keysPath, options.kernel.kernel, identity, nowSeconds, hostKeys);
  const keyring = new ReportedSigners(faults).keyring(opened);
  const disk = new DiskHealth({ paths: writtenPaths(keysPath), faults });
  const authors = await AuthorStores.open(keyring, identity, nowSeconds, (author, refusal) => {
    if (refusal !== undefined) count("failures", refusal.code, 1);
    disk.signing(author, refusal);
  });
  return { keyring, authors, disk };
}

/** Makes the engine, gives it the stored set, and makes the writer to the same store. */
export async function buildStorage({ options, shared, results }: BuildBase, keys: OpenKeys): Promise<StorageParts> {
  const { identity, store, chain } = options;
  const { kernel } = options.kernel;
  const { hub, nowMs, log, count, observe, step, failed } = shared;
  const { keyring, authors, disk } = keys;
  const blake3 = blake3Of(kernel);
  const newEngine = (): Engine =>
    new Engine({
      identity,
      blake3,
      seed: randomBytes(32),
      nodeKey: keyring.nodeKey,
      authors: keyring.authors.map(({ key }) => key),
      startMs: nowMs(),
      ...(options.taskTypes === undefined ? {} : { taskTypes: options.taskTypes }),
      ...kernelVerdicts(kernel),
    });
  const nowSeconds = Math.floor(nowMs() / 1000);
  const restored = await restore({
    newEngine,
    store,
    blake3,
    genesis: identity.genesis,
    facts: chain.facts(),
    nowMs: nowMs(),
    members: (records) => authors.learn(records, nowSeconds),
    log,
    count,
  });
  const { engine } = restored;
  hub.resumeAt(restored.sequence);
  logRestored(log, restored);
  const writer = new StoreWriter(
    store,
    (refusal) => {
      disk.database(refusal);
      step({ kind: refusal === undefined ? "disk_ready" : "disk_full" });
      results.diskRefuses(refusal !== undefined);
    },
    ({ code }) => count("failures", code, 1),
    (label, seconds) => observe("disk_write", label, seconds),
  );
  const scrub =
    restored.checkpoints.fault === undefined
      ? new RecordScrub({
          engine,
          store,
          blake3,
          genesis: identity.genesis,
          readable: () => writer.readable(),
          log,
          failed,
        })
      : undefined;
  return { ...keys, blake3, engine, writer, scrub };
}
