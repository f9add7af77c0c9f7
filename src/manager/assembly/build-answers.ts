import { type CatchUpPace, DigestQueue, ManagerControl } from "../answers/index.js";
import { ChainAnswers } from "../chain/index.js";
import { FraudAnalyst } from "../suspicion/index.js";
import type { BuildBase } from "./build-base.js";
import type { InboundParts } from "./build-inbound.js";
import type { NetworkParts } from "./build-network.js";
import type { OutboundParts } from "./build-outbound.js";
import type { PublishingParts } from "./build-publishing.js";
import type { StorageParts } from "./build-storage.js";

/** The answers to callers, and what they ask. */
export interface AnswerParts {
  readonly chainAnswers: ChainAnswers;
  readonly digests: DigestQueue;
  readonly control: ManagerControl;
}

export function buildAnswers(
  { options, shared }: BuildBase,
  storage: StorageParts,
  inbound: InboundParts,
  { network }: NetworkParts,
  {
    publisher,
    diskReader,
    pace,
  }: Pick<PublishingParts, "publisher"> & Pick<OutboundParts, "diskReader"> & { readonly pace: CatchUpPace },
): AnswerParts {
  const { nowMs } = shared;
  const chainAnswers = new ChainAnswers(options.chain, nowMs);
  const digests = new DigestQueue({ engine: storage.engine, elapsedMs: () => performance.now() });
  const analyst = new FraudAnalyst({ engine: storage.engine, store: options.store, nowMs });
  const control = new ManagerControl({
    ...shared,
    ...storage,
    ...inbound,
    options,
    network,
    publisher,
    diskReader,
    digests,
    analyst,
    pace,
    chain: chainAnswers,
    startedMs: nowMs(),
  });
  return { chainAnswers, digests, control };
}
