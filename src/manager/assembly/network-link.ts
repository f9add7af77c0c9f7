import type { Network } from "../../network/index.js";

type LinkedParts = "verdict" | "disconnect" | "readyCount" | "reach" | "sizes";

/** The network for parts that are built before it. Until {@link attach} its methods do nothing. */
export class NetworkLink implements Pick<Network, "verdict" | "disconnect"> {
  #network: Pick<Network, LinkedParts> | undefined;

  attach(network: Pick<Network, LinkedParts>): void {
    this.#network = network;
  }

  verdict(...given: Parameters<Network["verdict"]>): void {
    this.#network?.verdict(...given);
  }

  disconnect(...given: Parameters<Network["disconnect"]>): void {
    this.#network?.disconnect(...given);
  }

  /** Whether the network has a peer, or knows an address where one was reached. */
  get knowsPeers(): boolean {
    const network = this.#network;
    return network !== undefined && (network.readyCount > 0 || (network.sizes().addressBook ?? 0) > 0);
  }

  /** The evidence that another node has this node's libp2p key; undefined while a peer is ready. */
  doubledPeerId(): string | undefined {
    const network = this.#network;
    return network === undefined || network.readyCount > 0 ? undefined : network.reach.doubledPeerId;
  }
}
