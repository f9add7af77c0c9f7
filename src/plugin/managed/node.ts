import { randomBytes } from "node:crypto";
import { METHODS, type MethodName, outcomeLabel } from "../../api/index.js";
import type { HostChain } from "../../chain/index.js";
import type { Log } from "../../manager/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { RunningNode } from "../running-node.js";
import { ChannelError } from "./channel-error.js";
import { ADVERTISED_ADDRESSES_MAX, CREDIT_MAX } from "./constants.js";
import { type HostPorts, type LinkCount, openManaged } from "./open-chain-node.js";
import type { ManagedNode } from "./session.js";
import { openHostKeys, SIGNATURES_WAITING_MAX, SigningQueue } from "./signing-queue.js";
import type { InitParams } from "./start-params.js";

function hostPort(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(":");
  const port = Number(text.slice(colon + 1));
  if (port > 65_535) throw new NetworkError("bad_parameters", `${text}: a port is at most 65535`);
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port };
}

/** Caps the addresses in the answer to `init`: a machine with containers may have hundreds. */
export function advertisedAddresses(addresses: readonly string[], log: Log): readonly string[] {
  const leftOut = addresses.length - ADVERTISED_ADDRESSES_MAX;
  if (leftOut <= 0) return addresses;
  log("warn", "the answer to init names only some of the listen addresses", { left_out: leftOut });
  return addresses.slice(0, ADVERTISED_ADDRESSES_MAX);
}

function chainEvent(chain: HostChain, name: string, params: unknown): boolean {
  try {
    return chain.event(name, params);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    throw new ChannelError("invalid_params", cause.message, { cause });
  }
}

/** Starts the node that `init` describes. Closes all opened parts if the start fails or is cancelled. */
export async function startManagedNode(
  params: InitParams,
  ports: HostPorts,
  signal: AbortSignal,
): Promise<ManagedNode> {
  const node = new RunningNode();
  const stage = (name: string): void => {
    signal.throwIfAborted();
    ports.stage(name);
  };
  // A cancelled start aborts its signature requests. After the start, they end with the channel.
  let starting: AbortSignal | undefined = signal;
  const queue = new SigningQueue((question) => ports.ask("sign", question, starting));
  const bounds = (): ReturnType<HostPorts["bounds"]> => [
    ...ports.bounds(),
    { name: "host_signatures", size: queue.sizes.waiting, cap: SIGNATURES_WAITING_MAX },
  ];
  const { metrics } = node;
  const countLink = (label: LinkCount): void => metrics.count("host_link", label, 1);
  ports.countWith(countLink);
  try {
    const { parts, chain } = await openManaged(params, { ...ports, stage, bounds }, countLink);
    node.own(parts);
    const { log = () => undefined, kernel } = parts.options;

    stage("keys");
    const hostKeys = await openHostKeys(queue, params.signer, kernel.kernel, randomBytes);
    stage("node");
    const manager = await node.startManager(parts, hostKeys);
    const { control } = manager;
    let apiUrl: string | null = null;
    if (params.options.api !== undefined && params.options.api !== null) {
      stage("api");
      const { api } = await node.startApi(parts, manager, hostPort(params.options.api));
      apiUrl = api.url;
    }
    signal.throwIfAborted();
    starting = undefined;

    const call = async (method: MethodName, asked: unknown): Promise<unknown> => {
      try {
        const result = await METHODS[method](control, asked);
        metrics.countCall(method, outcomeLabel(undefined));
        return result;
      } catch (error) {
        metrics.countCall(method, outcomeLabel(error));
        throw error;
      }
    };
    const { nodeKey, nodeAddress, multiaddrs } = control.info();
    return {
      answer: {
        node_key: nodeKey,
        node_address: nodeAddress,
        multiaddrs: advertisedAddresses(multiaddrs, log),
        api: apiUrl,
        data: parts.data.path,
        credit: CREDIT_MAX,
      },
      call,
      event: (name, event) => chainEvent(chain, name, event),
      ready: () => chain.following,
      stop: () => node.stop(),
    };
  } catch (error) {
    return node.fail(error);
  }
}
