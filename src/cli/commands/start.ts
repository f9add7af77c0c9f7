import { rm } from "node:fs/promises";
import { type Command, InvalidArgumentError } from "commander";
import type { StandaloneNode } from "../../plugin/standalone.js";
import { TASK_TYPES } from "../../protocol/records.js";
import { replacePrivateFile } from "../../storage/private-file.js";
import { apiFile, DEFAULT_API, expandHome, parseHostPort } from "../location.js";
import { nodeLog } from "../node-log.js";
import type { CliIo, Output } from "../terminal.js";
import { contextOf } from "./command-context.js";

/** A stop that takes longer is given up on; service managers kill after ten seconds or more. */
const STOP_DEADLINE_MS = 5000;
export const DEFAULT_P2P = "/ip4/127.0.0.1/tcp/2135";

interface StartOptions {
  readonly p2pListen?: readonly string[];
  readonly bootstrap?: readonly string[];
  readonly registryFile?: string;
  readonly rosterFile?: string;
  readonly rulesFile?: string;
  readonly networkName?: string;
  readonly taskTypes?: readonly number[];
  readonly stopWithStdin?: boolean;
}

function multiaddrArgument(text: string, before: readonly string[] = []): string[] {
  if (/^\/[\x21-\x7e]{3,255}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError("A multiaddr looks like /ip4/127.0.0.1/tcp/2135.");
}

/** `CodeAnalysis,SecurityAudit` as indexes. */
function taskTypesArgument(text: string): number[] {
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
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const seconds = STOP_DEADLINE_MS / 1000;
    timer = setTimeout(() => reject(new Error(`the node did not stop within ${seconds} s`)), STOP_DEADLINE_MS);
  });
  try {
    await Promise.race([stop(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** `start`: a standalone node in the foreground. */
export function addStart(program: Command, io: CliIo): void {
  program
    .command("start")
    .description("run a node until SIGINT or SIGTERM")
    .option(
      "--p2p-listen <multiaddr>",
      `where peers connect; may be repeated (default: "${DEFAULT_P2P}")`,
      multiaddrArgument,
    )
    .option("--bootstrap <multiaddr>", "a peer to join by; may be repeated", multiaddrArgument)
    .option("--registry-file <path>", "who may author records (default on devnet: everyone)")
    .option("--roster-file <path>", "who votes")
    .option("--rules-file <path>", "network rules of a devnet; part of what makes two nodes one network")
    .option("--task-types <names>", "task types to hold, with commas between (default: all)", taskTypesArgument)
    .option("--network-name <name>", 'name of a standalone network (default: "dev")')
    .option(
      "--stop-with-stdin",
      "stop when standard input ends: with the program that started the node, however it died",
    )
    .addHelpText(
      "after",
      `
Examples:
  tos-ai-sync start
  tos-ai-sync start --dir-path /srv/tos/ --bootstrap /ip4/192.0.2.7/tcp/2135
  tos-ai-sync start --api 127.0.0.1:0 --p2p-listen /ip4/127.0.0.1/tcp/0   (ports of the system's choice)`,
    )
    .action(async (_own, command: Command) => {
      const { out, options } = contextOf<StartOptions>(io, command);
      const interrupted = io.interrupted();
      const signal = options.stopWithStdin ? AbortSignal.any([interrupted, io.stdinEnded()]) : interrupted;
      // The whole node is loaded here only: the other commands stay quick.
      const { startStandalone } = await import("../../plugin/standalone.js");
      const { dirPath, network, p2pListen = [DEFAULT_P2P], bootstrap = [] } = options;
      const file = (name: string, path: string | undefined) => (path === undefined ? {} : { [name]: expandHome(path) });
      const node = await startStandalone({
        dirPath: expandHome(dirPath),
        network,
        api: parseHostPort(options.api ?? DEFAULT_API),
        listen: p2pListen,
        bootstrap,
        ...file("registryFile", options.registryFile),
        ...file("rosterFile", options.rosterFile),
        ...file("rulesFile", options.rulesFile),
        ...(options.taskTypes === undefined ? {} : { taskTypes: options.taskTypes }),
        ...(options.networkName === undefined ? {} : { networkName: options.networkName }),
        log: await nodeLog(io, { json: out.json, verbose: options.verbose === true }),
      });
      const location = apiFile(node.data);
      try {
        const text = `${JSON.stringify({ url: node.apiUrl, pid: process.pid })}\n`;
        await replacePrivateFile(location, new TextEncoder().encode(text));
        announce(out, node);
        await aborted(signal);
      } finally {
        // First the name, then the lock: the next node's file must not be removed.
        await rm(location, { force: true }).finally(() => stopInTime(() => node.stop()));
      }
      if (!out.json) out.line("stopped");
    });
}

function announce(out: Output, node: StandaloneNode): void {
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
    multiaddrs: info.multiaddrs,
    data: node.data,
    api: node.apiUrl,
    token_file: node.tokenFile,
    pid: process.pid,
  });
}
