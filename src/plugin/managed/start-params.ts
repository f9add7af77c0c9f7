import { z } from "zod";
import { readTip } from "../../chain/host/index.js";
import { ANNOUNCED_MAX } from "../../network/constants.js";
import { NetworkError } from "../../protocol/errors.js";
import { TASK_TYPES } from "../../protocol/records.js";
import { NETWORKS } from "../../protocol/rules.js";
import { ChannelError } from "./channel-error.js";

/** The longest path that systems accept. */
const PATH_MAX_CHARS = 4096;
/** The most bootstrap addresses; the network keeps no more hints. */
const MULTIADDRS_MAX = 64;
/** The most author keys of the host; each has a signing log on this side. */
export const HOST_AUTHORS_MAX = 64;

const integer = z.int().nonnegative();
const hex32 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lowercase hex digits");
const path = z.string().min(1).max(PATH_MAX_CHARS);
const multiaddr = z.string().regex(/^\/[\x21-\x7e]{3,255}$/, "expected a multiaddr");
const label = z.string().max(128);

const manifestShape = z.object({
  cookie: z.string().max(128),
  protocol: z.object({ min: integer, max: integer }),
});

const optionsShape = z.object({
  registry_file: path.optional(),
  roster_file: path.optional(),
  rules_file: path.optional(),
  network_name: z.string().max(64).optional(),
  listen: z.array(multiaddr).max(MULTIADDRS_MAX).optional(),
  bootstrap: z.array(multiaddr).max(MULTIADDRS_MAX).optional(),
  announce: z.array(multiaddr).max(ANNOUNCED_MAX).optional(),
  api: z
    .string()
    .regex(/^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, "expected host:port")
    .nullable()
    .optional(),
  task_types: z.array(z.enum(TASK_TYPES)).min(1).max(TASK_TYPES.length).optional(),
  log_level: z.enum(["debug", "info", "warn", "error"]).optional(),
});

const initShape = z.object({
  cookie: z.string().max(128),
  network: z.enum(NETWORKS),
  genesis: hex32,
  data_dir: path.endsWith("/", "expected a path that ends with /"),
  tip: z.unknown().transform((tip) => (tip === null || tip === undefined ? undefined : readTip(tip))),
  signer: z.object({
    node: hex32.nullable(),
    authors: z
      .array(hex32)
      .max(HOST_AUTHORS_MAX)
      .refine((keys) => new Set(keys).size === keys.length, "expected each key once"),
    fresh: z.array(hex32).max(HOST_AUTHORS_MAX).optional(),
  }),
  registry: z.enum(["chain", "file", "everyone"]),
  options: optionsShape,
  host: z.object({ name: label, version: label }),
});

const shutdownShape = z.object({ deadline_ms: integer });

export type ManifestParams = z.output<typeof manifestShape>;
/** The host's description of the node to start. */
export type InitParams = z.output<typeof initShape>;
export type ShutdownParams = z.output<typeof shutdownShape>;

/** Maps an error of a field's own parser to `invalid_params`. */
function safeParse<T extends z.ZodType>(shape: T, params: unknown): z.ZodSafeParseResult<z.output<T>> {
  try {
    return shape.safeParse(params);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    throw new ChannelError("invalid_params", cause.message, { cause });
  }
}

function read<T extends z.ZodType>(shape: T, params: unknown): z.output<T> {
  const parsed = safeParse(shape, params);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "params" : issue.path.join(".");
  throw new ChannelError("invalid_params", `${where}: ${issue?.message ?? "a value is not valid"}`.slice(0, 300));
}

/** Ignores unknown members. Throws `invalid_params` for any other difference from docs/managed.md. */
export function readManifestParams(params: unknown): ManifestParams {
  return read(manifestShape, params);
}

export function readInitParams(params: unknown): InitParams {
  return read(initShape, params);
}

export function readShutdownParams(params: unknown): ShutdownParams {
  return read(shutdownShape, params);
}
