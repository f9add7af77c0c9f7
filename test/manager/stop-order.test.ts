import { afterEach, expect, it, vi } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { DigestQueue } from "../../src/manager/answers/digest-queue.js";
import { ChainAnswers } from "../../src/manager/chain/chain-answers.js";
import { ChainWatch } from "../../src/manager/chain/chain-watch.js";
import { Clock } from "../../src/manager/clock.js";
import { ClockWatch } from "../../src/manager/faults/clock-watch.js";
import { DiskHealth } from "../../src/manager/faults/disk-health.js";
import { KernelWatch } from "../../src/manager/faults/kernel-watch.js";
import { ScanQueue } from "../../src/manager/inbound/scan-queue.js";
import { DiskReader } from "../../src/manager/outbound/disk-reader.js";
import { StoreWriter } from "../../src/manager/outbound/store-writer.js";
import { AuthorStores } from "../../src/manager/publish/author-stores.js";
import { OwnResults } from "../../src/manager/publish/own-results.js";
import { OwnRetry } from "../../src/manager/publish/own-retry.js";
import { P2pNetwork } from "../../src/network/network.js";
import { LocalNode } from "../support/local-node.js";
import { makeDirectory } from "../support/scratch.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Records each call of a method that closes a part, and makes the call. */
function noteCalls<K extends string>(
  seen: string[],
  name: string,
  part: Record<K, (...given: never[]) => unknown>,
  method: K,
): void {
  const original = part[method];
  vi.spyOn(part, method as never).mockImplementation(function (this: unknown, ...given: never[]) {
    seen.push(name);
    return original.apply(this as never, given);
  } as never);
}

/** The same for a part whose `start` returns the function that closes it. */
function noteEnds(seen: string[], name: string, part: { start(...given: never[]): () => void }): void {
  const original = part.start;
  vi.spyOn(part, "start").mockImplementation(function (this: unknown, ...given: never[]) {
    const end = original.apply(this as never, given);
    return () => {
      seen.push(name);
      end();
    };
  });
}

const ORDER = [
  "state digests",
  "chain answers",
  "chain events",
  "ticks",
  "disk probe",
  "scan queue",
  "disk reads",
  "network",
  "peer clocks",
  "last writes",
  "writer",
  "own retries",
  "own results",
  "kernel",
  "signing logs",
];

it("A manager stops its parts in the reverse order of their start, each once.", async () => {
  const seen: string[] = [];
  noteCalls(seen, "state digests", DigestQueue.prototype, "stop");
  noteCalls(seen, "chain answers", ChainAnswers.prototype, "stop");
  noteEnds(seen, "chain events", ChainWatch.prototype);
  noteCalls(seen, "ticks", Clock.prototype, "stop");
  noteEnds(seen, "disk probe", DiskHealth.prototype);
  noteCalls(seen, "scan queue", ScanQueue.prototype, "stop");
  noteCalls(seen, "disk reads", DiskReader.prototype, "stop");
  noteCalls(seen, "network", P2pNetwork.prototype, "stop");
  noteEnds(seen, "peer clocks", ClockWatch.prototype);
  noteCalls(seen, "last writes", Engine.prototype, "lastWrites");
  noteCalls(seen, "writer", StoreWriter.prototype, "stop");
  noteEnds(seen, "own retries", OwnRetry.prototype);
  noteCalls(seen, "own results", OwnResults.prototype, "stop");
  noteEnds(seen, "kernel", KernelWatch.prototype);
  noteCalls(seen, "signing logs", AuthorStores.prototype, "close");
  const directory = await makeDirectory();
  try {
    const node = await LocalNode.start(directory.path);
    expect(seen).toEqual([]);
    await node.stop();
    expect(seen).toEqual(ORDER);
  } finally {
    await directory.remove();
  }
});
