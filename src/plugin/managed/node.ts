import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ApiMetrics, createApiServer } from "../../api/index.js";
import { METHODS } from "../../api/methods.js";
import { outcomeLabel } from "../../api/rpc.js";
import { everyone, readRegistryFile, readRosterFile } from "../../chain/authority-files.js";
import { ChainRegistry } from "../../chain/chain-registry.js";
import { FixedFacts } from "../../chain/fixed-facts.js";
import { readTip } from "../../chain/host/host-shapes.js";
import { HostSource } from "../../chain/host/host-source.js";
import { HostChain } from "../../chain/host-chain.js";
import type { FactsSource } from "../../chain/types.js";
import { blake3Of, loadKernel } from "../../kernel/index.js";
import type { Log } from "../../manager/options.js";
import { Undo } from "../../manager/undo.js";
import { AINetworkSyncManager } from "../../manager.js";
import { fromHex } from "../../protocol/bytes.js";
import { NetworkError } from "../../protocol/errors.js";
import type { Blake3 } from "../../protocol/hash.js";
import { TASK_TYPES } from "../../protocol/records.js";
import type { NetworkIdentity } from "../../protocol/rules.js";
import { openDataDirectory } from "../../storage/data-directory.js";
import { DiskRecordStore } from "../../storage/record-store.js";
import { chainIdentity } from "../network-identity.js";
import { DEFAULT_LISTEN } from "../standalone-parts.js";
import { ChannelError } from "./channel-error.js";
import { CREDIT_MAX } from "./constants.js";
import { RegistryFile } from "./registry-file.js";
import type { ManagedNode } from "./session.js";
import { openHostKeys, SigningDesk } from "./signing-desk.js";
import type { InitParams } from "./start-params.js";

/** What a node has of the host. */
export interface HostPorts {
  /** Rejects with NetworkErrors. */
  readonly ask: (method: string, params: object, signal?: AbortSignal) => Promise<unknown>;
  readonly grant: (events: number) => void;
  readonly stage: (stage: string) => void;
  readonly log: Log;
}

async function openFacts(
  params: InitParams,
  identity: NetworkIdentity,
  blake3: Blake3,
  source: HostSource,
  path: string,
  log: Log,
): Promise<FactsSource> {
  const { registry_file: registryFile, roster_file: rosterFile } = params.options;
  const rosters = rosterFile === undefined ? [] : await readRosterFile(rosterFile, identity);
  switch (params.registry) {
    case "everyone":
      return new FixedFacts(everyone(rosters));
    case "file":
      if (registryFile === undefined)
        throw new NetworkError("bad_parameters", "a registry of a file needs registry_file");
      return new FixedFacts(await readRegistryFile(registryFile, blake3, identity, rosters));
    case "chain": {
      const memory = new RegistryFile(join(path, "registry"));
      return new ChainRegistry({ blake3, genesis: identity.genesis, rosters, memory, lookup: source, log });
    }
  }
}

function hostPort(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(":");
  const port = Number(text.slice(colon + 1));
  if (port > 65_535) throw new NetworkError("bad_parameters", `${text}: a port is at most 65535`);
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port };
}

/** Starts the node that `init` describes; what was opened is closed again if it fails or is called off. */
export async function startManagedNode(params: InitParams, host: HostPorts, signal: AbortSignal): Promise<ManagedNode> {
  const opened = new Undo();
  const stage = (name: string): void => {
    signal.throwIfAborted();
    host.stage(name);
  };
  try {
    stage("kernel");
    const kernel = await loadKernel();
    opened.push(() => kernel.kernel.close());
    const blake3 = blake3Of(kernel.kernel);
    const { network, registry, options } = params;
    const genesis = fromHex(params.genesis, 32) ?? new Uint8Array(32);
    const identity = await chainIdentity(blake3, {
      network,
      genesis,
      registry,
      ...(options.rules_file === undefined ? {} : { rulesFile: options.rules_file }),
    });

    stage("keys");
    const desk = new SigningDesk((question) => host.ask("sign", question, signal));
    const hostKeys = await openHostKeys(desk, params.signer, kernel.kernel, randomBytes);

    stage("data");
    const nowMs = Date.now;
    const data = await openDataDirectory({ dir: params.data_dir, network: identity.network, genesis, nowMs: nowMs() });
    opened.push(() => data.close());

    stage("chain");
    const source = new HostSource((question, asked, aborted) => host.ask(question, asked, aborted));
    const chain = new HostChain({
      identity,
      source,
      facts: await openFacts(params, identity, blake3, source, data.path, host.log),
      tip: params.tip === null || params.tip === undefined ? undefined : readTip(params.tip),
      grant: host.grant,
      log: host.log,
      nowMs,
    });
    await chain.start();
    opened.push(() => chain.stop());

    stage("node");
    const metrics = new ApiMetrics();
    const manager = new AINetworkSyncManager({
      identity,
      networkName: options.network_name,
      kernel,
      store: new DiskRecordStore(data.store),
      chain,
      keysPath: data.keysPath,
      hostKeys,
      libp2pKeyPath: join(data.path, "libp2p.key"),
      listen: options.listen ?? [DEFAULT_LISTEN],
      bootstrap: options.bootstrap ?? [],
      ...(options.task_types === undefined
        ? {}
        : { taskTypes: options.task_types.map((name) => TASK_TYPES.indexOf(name)).sort((a, b) => a - b) }),
      log: host.log,
      count: (counter, label, value) => metrics.count(counter, label, value),
    });
    await manager.start();
    opened.push(() => manager.stop());

    let apiUrl: string | null = null;
    if (options.api !== undefined && options.api !== null) {
      stage("api");
      const tokenFile = join(data.path, "api.token");
      const { control } = manager;
      const api = await createApiServer({ control, listen: hostPort(options.api), tokenFile, metrics, log: host.log });
      opened.push(() => api.stop());
      apiUrl = api.url;
    }
    signal.throwIfAborted();

    const info = manager.control.info();
    return {
      answer: {
        node_key: info.nodeKey,
        node_address: info.nodeAddress,
        multiaddrs: info.multiaddrs,
        api: apiUrl,
        data: data.path,
        credit: CREDIT_MAX,
      },
      call: async (method, asked) => {
        let failure: unknown;
        try {
          return await METHODS[method](manager.control, asked);
        } catch (error) {
          failure = error;
          throw error;
        } finally {
          metrics.countCall(method, outcomeLabel(failure));
        }
      },
      event: (name, event) => {
        try {
          return chain.event(name, event);
        } catch (cause) {
          if (!(cause instanceof NetworkError)) throw cause;
          throw new ChannelError("invalid_params", cause.message, { cause });
        }
      },
      ready: () => chain.following,
      stop: () => opened.run(),
    };
  } catch (error) {
    return opened.fail(error);
  }
}
