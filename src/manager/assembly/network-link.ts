import type { Network } from "../../network/index.js";

/** The network for parts that are built before it. Until {@link attach} its methods do nothing. */
export class NetworkLink implements Pick<Network, "verdict" | "disconnect"> {
  #network: Pick<Network, "verdict" | "disconnect" | "readyCount" | "reach"> | undefined;

  attach(network: Pick<Network, "verdict" | "disconnect" | "readyCount" | "reach">): void {
    this.#network = network;
  }

  verdict(...given: Parameters<Network["verdict"]>): void {
    this.#network?.verdict(...given);
  }

  disconnect(...given: Parameters<Network["disconnect"]>): void {
    this.#network?.disconnect(...given);
  }

  /** The evidence that another node has this node's libp2p key; undefined while a peer is ready. */
  doubledPeerId(): string | undefined {
    const network = this.#network;
    return network === undefined || network.readyCount > 0 ? undefined : network.reach.doubledPeerId;
  }
}
