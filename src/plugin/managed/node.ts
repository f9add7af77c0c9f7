import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ApiMetrics, createApiServer, METHODS, type MethodName, outcomeLabel } from "../../api/index.js";
import type { HostChain } from "../../chain/index.js";
import { Undo } from "../../lifecycle/index.js";
import { AINetworkSyncManager, type Log } from "../../manager/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { ChannelError } from "./channel-error.js";
import { CREDIT_MAX, TOLD_ADDRESSES_MAX } from "./constants.js";
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

/** A machine with containers may have hundreds. */
export function toldAddresses(addresses: readonly string[], log: Log): readonly string[] {
  const leftOut = addresses.length - TOLD_ADDRESSES_MAX;
  if (leftOut <= 0) return addresses;
  log("warn", "the host is told only some of the addresses that the node listens on", { left_out: leftOut });
  return addresses.slice(0, TOLD_ADDRESSES_MAX);
}

function chainEvent(chain: HostChain, name: string, params: unknown): boolean {
  try {
    return chain.event(name, params);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    throw new ChannelError("invalid_params", cause.message, { cause });
  }
}

/** Starts the node that `init` describes; what was opened is closed again if it fails or is called off. */
export async function startManagedNode(
  params: InitParams,
  ports: HostPorts,
  signal: AbortSignal,
): Promise<ManagedNode> {
  const opened = new Undo();
  const stage = (name: string): void => {
    signal.throwIfAborted();
    ports.stage(name);
  };
  // A start that is called off waits for no signature; later they end with the channel.
  let starting: AbortSignal | undefined = signal;
  const queue = new SigningQueue((question) => ports.ask("sign", question, starting));
  const bounds = (): ReturnType<HostPorts["bounds"]> => [
    ...ports.bounds(),
    { name: "host_signatures", size: queue.sizes.waiting, cap: SIGNATURES_WAITING_MAX },
  ];
  const metrics = new ApiMetrics();
  const countLink = (label: LinkCount): void => metrics.count("host_link", label, 1);
  ports.countWith(countLink);
  try {
    const { parts, chain } = await openManaged(params, { ...ports, stage, bounds }, countLink);
    opened.push(() => parts.close());
    const { log = () => undefined, kernel } = parts.options;

    stage("keys");
    const hostKeys = await openHostKeys(queue, params.signer, kernel.kernel, randomBytes);
    stage("node");
    const count = (counter: string, label: string, value: number): void => metrics.count(counter, label, value);
    const manager = new AINetworkSyncManager({ ...parts.options, hostKeys, count });
    await manager.start();
    opened.push(() => manager.stop());
    const { control } = manager;

    let apiUrl: string | null = null;
    if (params.options.api !== undefined && params.options.api !== null) {
      stage("api");
      const tokenFile = join(parts.data.path, "api.token");
      const listen = hostPort(params.options.api);
      const api = await createApiServer({ control, listen, tokenFile, metrics, log, faults: manager.faults });
      opened.push(() => api.stop());
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
        multiaddrs: toldAddresses(multiaddrs, log),
        api: apiUrl,
        data: parts.data.path,
        credit: CREDIT_MAX,
      },
      call,
      event: (name, event) => chainEvent(chain, name, event),
      ready: () => chain.following,
      stop: () => opened.run(),
    };
  } catch (error) {
    return opened.fail(error);
  }
}
