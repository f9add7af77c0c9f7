import { rm } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import pTimeout from "p-timeout";
import type { Log } from "../../manager/index.js";
import type { ServedNode } from "../../plugin/index.js";
import { NetworkError } from "../../protocol/errors.js";
import { TASK_TYPES } from "../../protocol/records.js";
import {
  apiFile,
  DEFAULT_API,
  expandHome,
  type GlobalOptions,
  givenProblem,
  multiaddrsArgument,
  parseHostPort,
  pathArgument,
} from "../arguments/index.js";
import { choiceProblem, REGISTRIES, type RegistryName } from "../checks/index.js";
import { UsageError } from "../exit-codes.js";
import { type CliIo, nodeLog, type Output } from "../output/index.js";
import { contextOf } from "./command-context.js";

/** The deadline of a stop. Service managers kill after ten seconds or more. */
const STOP_DEADLINE_MS = 5000;

interface StartOptions {
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

/** `CodeAnalysis,SecurityAudit` as indexes of TASK_TYPES. */
export function taskTypesArgument(text: string): number[] {
  const names: readonly string[] = TASK_TYPES;
  const types = [...new Set(text.split(",").map((name) => names.indexOf(name.trim())))];
  if (!types.includes(-1)) return types.sort((a, b) => a - b);
  throw new InvalidArgumentError(`Expected some of ${TASK_TYPES.join(", ")}, with commas between them.`);
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

/** `start`: a node in the foreground, standalone or beside a daemon. */
export function addStart(program: Command, io: CliIo): void {
  program
    .command("start")
    .description("run a node until SIGINT, SIGTERM or SIGHUP, or until the reader of its output is gone")
    .option(
      "--p2p-listen <multiaddr>",
      "the address that peers connect to; may be repeated (default: port 2135 on loopback, " +
        "on all interfaces if --bootstrap names another machine)",
      multiaddrsArgument,
    )
    .option(
      "--bootstrap <multiaddr>",
      "a peer to connect to first, or a /dnsaddr name of several; may be repeated",
      multiaddrsArgument,
    )
    .addOption(
      new Option(
        "--announce <multiaddr>",
        "the address that peers get instead of the listen addresses: a forwarded port, a DNS name; may be repeated",
      )
        .env("TOS_AI_SYNC_ANNOUNCE")
        .argParser(multiaddrsArgument),
    )
    .option("--daemon <url>", "follow the chain of this TOS daemon, such as ws://127.0.0.1:8080/json_rpc")
    .addOption(
      new Option(
        "--registry <who>",
        "the registry of authors beside a daemon; the choice of the first start is final",
      ).choices(REGISTRIES),
    )
    .option("--registry-file <path>", "who may author records (default on devnet: everyone)", pathArgument)
    .option("--roster-file <path>", "who votes", pathArgument)
    .option("--rules-file <path>", "network rules of a devnet; part of what makes two nodes one network", pathArgument)
    .option("--task-types <names>", "task types to hold, with commas between (default: all)", taskTypesArgument)
    .option("--network-name <name>", 'name of a standalone network (default: "dev")')
    .option("--stop-with-stdin", "stop when standard input ends: when the program that started the node ends or dies")
    .addHelpText(
      "after",
      `
Examples:
  tos-ai-sync start
  tos-ai-sync start --dir-path /srv/tos/ --bootstrap /ip4/192.0.2.7/tcp/2135
  tos-ai-sync start --daemon ws://127.0.0.1:8080/json_rpc --dir-path /srv/tos/
  tos-ai-sync start --api 127.0.0.1:0 --p2p-listen /ip4/127.0.0.1/tcp/0   (ports of the system's choice)
  tos-ai-sync start --bootstrap /dnsaddr/seed.example --announce /dns4/node.example/tcp/2135`,
    )
    .action(async (_own, command: Command) => {
      const { out, options } = contextOf<StartOptions>(io, command);
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
    });
}

function announce(out: Output, node: ServedNode): void {
  if (!out.json) {
    for (const line of node.lines) out.line(line);
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
