import { createServer, type ListenOptions, type Server } from "node:net";
import { join } from "node:path";
import { readToken } from "../api/index.js";
import type { Kernel } from "../kernel/index.js";
import { inspectLibp2pKey, readKeyring } from "../manager/index.js";
import { toHex } from "../protocol/bytes.js";
import { NetworkError } from "../protocol/errors.js";
import { listenError } from "../protocol/listen-error.js";
import { NETWORKS, type NetworkIdentity } from "../protocol/rules.js";
import {
  DIRECTORY_CONDITIONS,
  dataPath,
  directoryUse,
  errnoOf,
  freeBytes,
  inspectSigningLog,
  inUse,
  nearestExisting,
  openDatabaseView,
  type Place,
  placeOfDatabase,
  readFormat,
} from "../storage/index.js";
import type { ApiAddress } from "./running-node.js";

/** Free space below this is a warning; the running node uses the same value. */
const LOW_BYTES = 256 * 1024 * 1024;

/** The result of a check; with a cure, it is a warning. */
export type Found = string | { readonly detail: string; readonly cure: string };

/**
 * A condition of the start. `check` rejects with the NetworkError of the start, and changes nothing.
 */
export interface StartCondition {
  readonly name: string;
  readonly check: () => Promise<Found>;
}

export interface StartPlan {
  readonly dirPath: string;
  /** Chain id. */
  readonly network: number;
  /** Undefined if only a daemon knows it. */
  readonly identity: NetworkIdentity | undefined;
  readonly kernel: Pick<Kernel, "publicKey">;
  /** Multiaddrs; empty while the node runs and listens there itself. */
  readonly listen: readonly string[];
  readonly api: ApiAddress | undefined;
  /** A node runs in this directory: that it holds the lock is expected. */
  readonly isRunning: boolean;
}

/**
 * All conditions of a start about its directory, keys and addresses, in order. The checks call the start's own
 * functions, so that both give the same messages.
 */
export function startConditions(plan: StartPlan): readonly StartCondition[] {
  const { dirPath, network, identity, kernel, listen, api } = plan;
  const path = dataPath(dirPath, network);
  const keysPath = join(path, "keys");
  const name = NETWORKS[network] ?? "devnet";
  const wanted = identity === undefined ? undefined : { network: name, genesis: toHex(identity.genesis) };
  const place: Place = { path, wanted };
  const directory = DIRECTORY_CONDITIONS.map(({ name, check }) => ({ name, check: () => check(place) }));
  return [
    ...directory,
    { name: "room for more", check: () => checkLowSpace(path) },
    { name: "database", check: () => checkDatabase(path, plan.isRunning) },
    {
      name: "keys",
      check: async () => (await keyNames(keysPath, kernel, network)) || "none yet: the first start makes them",
    },
    { name: "signing logs", check: () => checkSigningLogs(keysPath, kernel, network) },
    { name: "libp2p key", check: async () => present(await inspectLibp2pKey(join(path, "libp2p.key"))) },
    { name: "API token", check: async () => present(await inspectToken(join(path, "api.token"))) },
    { name: "API token to read", check: async () => present(await inspectToken(join(path, "api-read.token"))) },
    ...addressConditions(listen, api),
  ];
}

/** Checks each address while the earlier ones are held, as in a start: two options may name one address. */
function addressConditions(listen: readonly string[], api: ApiAddress | undefined): StartCondition[] {
  const wanted = [
    ...listen.map((address) => ({ name: "P2P address", reported: address, place: placeOf(address) })),
    ...(api === undefined ? [] : [{ name: "API address", reported: `${api.host}:${api.port}`, place: api }]),
  ];
  return wanted.map(({ name, reported, place }, i) => ({
    name,
    check: async () => {
      if (place === undefined) throw listenError(reported, undefined);
      const before = wanted.slice(0, i).flatMap((one) => one.place ?? []);
      const held = await Promise.all(before.map((one) => hold(one).catch(() => undefined)));
      try {
        held.push(await hold(place));
        return `${reported} is free`;
      } catch (error) {
        throw listenError(reported, errnoOf(error), error);
      } finally {
        await Promise.all(held.map(release));
      }
    },
  }));
}

function present(found: boolean): string {
  return found ? "readable by its owner only" : "none yet: the first start makes it";
}

async function keyNames(keysPath: string, kernel: Pick<Kernel, "publicKey">, network: number): Promise<string> {
  return (await readKeyring(keysPath, kernel, network)).map(({ name }) => name).join(", ");
}

async function checkLowSpace(path: string): Promise<Found> {
  const existing = await nearestExisting(path);
  const free = await freeBytes(existing);
  const detail = `${Math.floor(free / (1024 * 1024))} MiB free in ${existing}`;
  return free >= LOW_BYTES ? detail : { detail, cure: "make room on its file system before the disk is full" };
}

/** Opens a view of the database. Does nothing while another process has the database open. */
async function checkDatabase(path: string, isRunning: boolean): Promise<Found> {
  const format = await readFormat(join(path, "format.json"));
  if (format === undefined) return "none yet";
  if (isRunning) return "in use by the node that runs";
  const use = await directoryUse(path);
  if (use.kind === "held") throw inUse(path, use.holder);
  const current = await DIRECTORY_CONDITIONS.find(({ name }) => name === "database files")?.check({
    path,
    wanted: undefined,
  });
  if (current?.startsWith("none") === true) return "none yet";
  const view = await openDatabaseView(format.engine, await placeOfDatabase(join(path, "db")));
  await view.close();
  const [first, ...others] = view.damage;
  if (first === undefined) return "opens";
  return {
    detail: `opens, without what is damaged: ${first}${others.length === 0 ? "" : ` (and ${others.length} more)`}`,
    cure:
      "look for disk errors in the system log, and run tos-ai-sync check before the next start; " +
      "peers are asked for the lost records",
  };
}

async function checkSigningLogs(keysPath: string, kernel: Pick<Kernel, "publicKey">, network: number): Promise<Found> {
  const without: string[] = [];
  for (const key of await readKeyring(keysPath, kernel, network)) {
    if (key.kind === "author" && !(await inspectSigningLog(key))) without.push(key.name);
  }
  if (without.length === 0) return "whole";
  return {
    detail: `no signing.log beside the key of ${without.join(", ")}: it signs again from the UTC day after the start`,
    cure:
      "restore signing.log, if there is a backup of it, or import its signing history before the start " +
      "(tos-ai-sync key import-signing)",
  };
}

async function inspectToken(path: string): Promise<boolean> {
  try {
    await readToken(path);
    return true;
  } catch (error) {
    if (error instanceof NetworkError && error.code === "not_found") return false;
    throw error;
  }
}

/** Undefined: not a valid listen address. */
function placeOf(address: string): ListenOptions | undefined {
  const [, kind, host, port] =
    /^\/(ip[46]|dns[46]?)\/([0-9a-zA-Z.:-]+)\/tcp\/(\d{1,5})(?:\/p2p\/\w+)?$/.exec(address) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  // The same options as libp2p's.
  return { host, port: Number(port), ipv6Only: kind === "ip6" };
}

function release(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined) resolve();
    else server.close(() => resolve());
  });
}

/** Listens on the address until the server is closed. */
function hold(place: ListenOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ ...place, exclusive: true }, () => resolve(server));
  });
}
