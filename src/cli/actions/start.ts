import { rm } from "node:fs/promises";
import pTimeout from "p-timeout";
import type { Log } from "../../manager/index.js";
import type { ServedNode } from "../../plugin/index.js";
import { NetworkError } from "../../protocol/errors.js";
import {
  apiFile,
  DEFAULT_API,
  expandHome,
  type GlobalOptions,
  givenProblem,
  parseHostPort,
  type RegistryName,
} from "../arguments/index.js";
import { choiceProblem } from "../checks/index.js";
import type { CommandContext } from "../command-context.js";
import { UsageError } from "../exit-codes.js";
import { type CliIo, nodeLog, type Output } from "../output/index.js";

/** The deadline of a stop. Service managers kill after ten seconds or more. */
const STOP_DEADLINE_MS = 5000;

export interface StartOptions {
  readonly daemon?: string;
  readonly registry?: RegistryName;
  readonly p2pListen?: readonly string[];
  readonly bootstrap?: readonly string[];
  readonly announce?: readonly string[];
  readonly registryFile?: string;
  readonly rosterFile?: string;
  readonly rulesFile?: string;
  readonly networkName?: string;
  readonly taskTypes?: readonly number[];
  readonly stopWithStdin?: boolean;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

async function stopInTime(stop: () => Promise<void>): Promise<void> {
  const message = `the node did not stop within ${STOP_DEADLINE_MS / 1000} s`;
  await pTimeout(stop(), { milliseconds: STOP_DEADLINE_MS, message });
}

/** Starts a node beside the named daemon, else a standalone node. Undefined if it was interrupted while it waited. */
async function startNode(
  io: CliIo,
  options: GlobalOptions & StartOptions,
  log: Log,
  signal: AbortSignal,
): Promise<ServedNode | undefined> {
  const { daemon, registry, network, networkName, taskTypes, bootstrap = [], announce, p2pListen } = options;
  const excluded = choiceProblem(options);
  if (excluded !== undefined) throw new UsageError(excluded);
  const file = (name: string, path: string | undefined) => (path === undefined ? {} : { [name]: expandHome(path) });
  const common = {
    dirPath: expandHome(options.dirPath),
    api: parseHostPort(options.api ?? DEFAULT_API),
    bootstrap,
    ...(p2pListen === undefined ? {} : { listen: p2pListen }),
    ...(announce === undefined ? {} : { announce }),
    ...file("registryFile", options.registryFile),
    ...file("rosterFile", options.rosterFile),
    ...file("rulesFile", options.rulesFile),
    ...(taskTypes === undefined ? {} : { taskTypes }),
    log,
    ...(io.err.losses === undefined ? {} : { logLosses: io.err.losses }),
  };
  const problem = await givenProblem(options);
  if (problem !== undefined) throw new UsageError(problem);
  // Only this command loads the whole node: the other commands start fast.
  if (daemon === undefined) {
    const { startStandalone } = await import("../../plugin/standalone.js");
    return startStandalone({ ...common, network, ...(networkName === undefined ? {} : { networkName }) });
  }
  const { startSidecar } = await import("../../plugin/sidecar.js");
  const chosen = { ...(options.networkGiven ? { network } : {}), ...(registry === undefined ? {} : { registry }) };
  return startSidecar({ ...common, ...chosen, daemon, signal }).catch((error: unknown) => {
    if (signal.aborted && error instanceof NetworkError && error.code === "stopped") return undefined;
    throw error;
  });
}

function announce(out: Output, node: ServedNode): void {
  if (!out.json) {
    for (const line of node.lines) out.line(line);
    // The link is good for two minutes: it serves only a person who watches the start.
    const link = out.isTerminal ? node.loginLink() : undefined;
    if (link !== undefined) out.line(`page     ${link}`);
    return;
  }
  const info = node.manager.control.info();
  out.value({
    event: "started",
    version: info.version,
    network: info.network,
    node_key: info.nodeKey,
    node_address: info.nodeAddress,
    kernel: info.kernel,
    chain: info.chain.mode,
    registry: info.registry.kind,
    multiaddrs: info.multiaddrs,
    announced: info.reach.announced.map(({ address }) => address),
    data: node.data,
    api: node.apiUrl,
    token_file: node.tokenFile,
    pid: process.pid,
  });
}

/** `start`: a node in the foreground, standalone or beside a daemon. */
export async function start({ io, out, options }: CommandContext<StartOptions>): Promise<void> {
  const interrupted = io.interrupted();
  const signal = options.stopWithStdin ? AbortSignal.any([interrupted, io.stdinEnded()]) : interrupted;
  const log = await nodeLog(io, { json: out.json, verbose: options.verbose === true });
  const node = await startNode(io, options, log, signal);
  if (node === undefined) return;
  const location = apiFile(node.data);
  try {
    const { replacePrivateFile } = await import("../../storage/files/private-file.js");
    const text = `${JSON.stringify({ url: node.apiUrl, pid: process.pid })}\n`;
    await replacePrivateFile(location, new TextEncoder().encode(text));
    announce(out, node);
    await aborted(signal);
  } finally {
    // The file is removed before the lock is released. Later it could be the file of the next node.
    await stopInTime(() => rm(location, { force: true }).finally(() => node.stop()));
  }
  if (!out.json) out.line("stopped");
}
