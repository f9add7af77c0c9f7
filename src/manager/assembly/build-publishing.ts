import { isRegistered } from "../../engine/index.js";
import { FirstExchange, finishOwn, OwnRetry, Publisher } from "../publish/index.js";
import type { BuildBase } from "./build-base.js";
import type { InboundParts } from "./build-inbound.js";
import type { StorageParts } from "./build-storage.js";

/** The way of own records from a caller to the engine. */
export interface PublishingParts {
  readonly publisher: Publisher;
  readonly retry: OwnRetry;
  readonly firstExchange: FirstExchange;
  /** Signs and stores own records that a crash left between intent and record, or that the database lost. */
  readonly finishOwn: () => Promise<void>;
}

export function buildPublishing(
  {
    options: { identity, store, chain, bootstrap },
    shared: { nowMs, log, step, count, traces },
    results,
    link,
  }: BuildBase,
  { blake3, engine, authors, writer }: StorageParts,
  { scanQueue }: InboundParts,
): PublishingParts {
  const isMember = (id: string): boolean => engine.entry(id) !== undefined;
  const retry = new OwnRetry();
  const firstExchange = new FirstExchange({
    hasPeers: () => bootstrap.length > 0 || link.knowsPeers,
    isCompared: () => engine.syncReport().comparisons.length > 0,
    waits: () => log("info", "own records wait for the first exchange with a peer", {}),
    missed: () => {
      count("first_exchange", "missed", 1);
      log("warn", "no peer compared sets in time: own records are signed by what this disk holds", {});
    },
  });
  const publisher = new Publisher({
    identity,
    blake3,
    scanQueue,
    results,
    step,
    check: (author, payload) => {
      if (isRegistered(chain.facts().registry, author, Math.floor(nowMs() / 1000))) {
        return engine.checkOwn({ author, payload }, nowMs());
      }
      chain.asked(author);
      return { code: "unknown_author" };
    },
    isMember,
    hasBody: (hash) => store.hasBody(hash),
    synced: () => writer.synced(),
    firstExchange: () => firstExchange.wait(),
    unfinished: () => retry.unfinished(),
    doubledPeerId: () => link.doubledPeerId(),
    nowMs,
    traces,
  });
  const isWhole = (id: string): boolean => isMember(id) && !engine.lacksBody(id);
  return {
    publisher,
    retry,
    firstExchange,
    finishOwn: () => finishOwn({ authors, publisher, isWhole, identity, blake3, log }),
  };
}
