import { NetworkError } from "../../protocol/errors.js";
import type { BlockSource, ChainBlock, ChainMiner, ChainTip } from "../types.js";
import type { ReadyDaemon } from "./link.js";
import { plainBlock } from "./methods.js";

/** The blocks of the connected daemon. Throws `chain_unreachable` while none is connected. */
export class DaemonSource implements BlockSource {
  daemon: ReadyDaemon | undefined;
  readonly #network: number;
  #blockTimeMs = 0;

  /** `network`: chain id, 0..3. */
  constructor(network: number) {
    this.#network = network;
  }

  /** The chain's target time between two blocks, from the last tip; 0 before the first tip. */
  get blockTimeMs(): number {
    return this.#blockTimeMs;
  }

  async tip(signal: AbortSignal): Promise<ChainTip> {
    const tip = await this.ready().methods.tip(signal);
    this.#blockTimeMs = tip.blockTimeMs;
    return tip;
  }

  async blocks(from: number, to: number, signal: AbortSignal): Promise<readonly ChainBlock[]> {
    const { methods, ai } = this.ready();
    const blocks = await methods.blocks(from, to, signal);
    return ai ? methods.withRegistrations(blocks, this.#network, signal) : blocks.map(plainBlock);
  }

  /** The block that registered this miner. */
  async block({ key, registeredAt }: ChainMiner, signal: AbortSignal): Promise<ChainBlock | undefined> {
    const { methods, ai } = this.ready();
    if (!ai) return undefined;
    const blocks = await methods.withRegistrations(
      await methods.blocksAtHeight(registeredAt, signal),
      this.#network,
      signal,
    );
    return blocks.find(({ registered }) => registered?.includes(key));
  }

  ready(): ReadyDaemon {
    if (this.daemon !== undefined) return this.daemon;
    throw new NetworkError("chain_unreachable", "there is no connection to the daemon");
  }
}
