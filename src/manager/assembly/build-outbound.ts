import { DiskReader, EffectRunner, OwnMessages } from "../outbound/index.js";
import { VoteCaster } from "../publish/index.js";
import type { BuildBase } from "./build-base.js";
import type { InboundParts } from "./build-inbound.js";
import type { NetworkParts } from "./build-network.js";
import type { StorageParts } from "./build-storage.js";

/** The way of the engine's effects to disk, peers and callers. */
export interface OutboundParts {
  readonly diskReader: DiskReader;
  readonly runner: EffectRunner;
}

export function buildOutbound(
  { options: { identity, store, chain }, shared, results, link }: BuildBase,
  { authors, writer, engine }: StorageParts,
  { scanQueue, clocks }: InboundParts,
  { network, signer }: NetworkParts,
): OutboundParts {
  const { hub, nowMs, log, count, engineCount, step, failed, traces } = shared;
  const nowSeconds = (): number => Math.floor(nowMs() / 1000);
  const taskOf = (id: string): string | undefined => engine.taskOf(id);
  const diskReader = new DiskReader({ store, writer, rules: identity.rules, taskOf, step, failed });
  const caster = new VoteCaster({
    identity,
    authors,
    scanQueue,
    doubledPeerId: () => link.doubledPeerId(),
    failed,
  });
  const runner = new EffectRunner({
    network,
    scanQueue,
    writer,
    diskReader,
    signer,
    own: new OwnMessages({ store, taskOf, writer, signer, scanQueue, network, count, failed }),
    step,
    members: (records) => {
      authors.learn(records, nowSeconds()).catch((error: unknown) => failed("learn", error));
    },
    ownResult: ({ batch, code }) => results.settle(batch, code),
    notify: (event) => hub.emit(event),
    unknownAuthor: (author) => chain.asked(author),
    peerClock: (peer, clockSeconds) => clocks.addReading(peer, clockSeconds),
    castVote: (effect) => void caster.cast(effect),
    ownKeyElsewhere: (author, recordId) => {
      const stopped = authors.stop(author, "key_used_elsewhere", [recordId], nowSeconds());
      stopped.catch((error: unknown) => failed("stop_key", error));
    },
    ownEquivocation: (author, proof) => {
      authors.stop(author, "key_equivocated", proof, nowSeconds()).catch((error: unknown) => failed("stop_key", error));
    },
    traces,
    count,
    engineCount,
    log,
    failed,
  });
  return { diskReader, runner };
}
