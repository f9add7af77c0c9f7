import { ascii, u8, u64 } from "./bytes.js";
import { ENVELOPE_OVERHEAD } from "./envelope.js";
import { fail, NetworkError, ok, type Result } from "./errors.js";
import { type Blake3, taggedHash } from "./hash.js";

export const DAY_SECONDS = 86_400;

/** Who may author records (protocol.md, "What belongs to the set", rule 4). */
export type RegistryKind = 0 | 1 | 2;
export const REGISTRY_EVERYONE: RegistryKind = 0;
export const REGISTRY_FILE: RegistryKind = 1;
export const REGISTRY_CHAIN: RegistryKind = 2;

/**
 * The rules that decide membership and verdicts. Nodes with different rules are different networks: the digest is part
 * of the hello. Local choices (budgets, timeouts, scores) are options, not rules.
 */
export interface NetworkRules {
  readonly registry: RegistryKind;
  /** Length of a reconciliation window. */
  readonly windowSeconds: number;
  /** Whole UTC days a record stays in the set. */
  readonly horizonDays: number;
  /** Maximum age: days after its task up to which a record is admitted. */
  readonly taskMaxAgeDays: number;
  /** How long after its announcement a task's deadline may lie. */
  readonly deadlineMaxDays: number;
  /** How far ahead of now a member may be dated. */
  readonly aheadSeconds: number;
  /** Records per author and UTC day: tasks, submissions, validations. */
  readonly quotas: readonly [number, number, number];
  /** Payload bytes of types 0 to 8. */
  readonly payloadLimits: readonly [number, number, number, number, number, number, number, number, number];
  readonly bodyLimit: number;
  readonly bundleMaxCount: number;
  readonly bundleMaxBytes: number;
  readonly shards: number;
  /** How long after the deadline validations count. */
  readonly validationWindowSeconds: number;
  readonly minValidators: number;
  /** Square of the standard deviation below which a verdict is reached (15 squared). */
  readonly varianceLimit: number;
  readonly rosterMax: number;
  readonly weightMax: number;
  /** Share of the weight, of 10,000, that may start a vote early. */
  readonly earlyShare: number;
  readonly startWaitSeconds: number;
  readonly quietSeconds: number;
  readonly roundSeconds: number;
  readonly roundMaxSeconds: number;
}

export const RULES_VERSION = 1;

/** The rules of every network, except a devnet with a rules file (protocol.md, "Network rules and genesis"). */
export const DEFAULT_RULES: NetworkRules = {
  registry: REGISTRY_EVERYONE,
  windowSeconds: 600,
  horizonDays: 45,
  taskMaxAgeDays: 40,
  deadlineMaxDays: 30,
  aheadSeconds: 60,
  quotas: [64, 256, 4096],
  payloadLimits: [4096, 1024, 512, 8192, 256, 4096, 512, 10240, 49152],
  bodyLimit: 1_048_576,
  bundleMaxCount: 64,
  bundleMaxBytes: 65_536,
  shards: 1,
  validationWindowSeconds: 86_400,
  minValidators: 2,
  varianceLimit: 225,
  rosterMax: 256,
  weightMax: 10_000,
  earlyShare: 6000,
  startWaitSeconds: 60,
  quietSeconds: 60,
  roundSeconds: 10,
  roundMaxSeconds: 300,
};

/** The order in which the rules are hashed; also the order of the fields of a rules file. */
function ruleValues(rules: NetworkRules): number[] {
  return [
    RULES_VERSION,
    rules.registry,
    rules.windowSeconds,
    rules.horizonDays,
    rules.taskMaxAgeDays,
    rules.deadlineMaxDays,
    rules.aheadSeconds,
    ...rules.quotas,
    ...rules.payloadLimits,
    rules.bodyLimit,
    rules.bundleMaxCount,
    rules.bundleMaxBytes,
    rules.shards,
    rules.validationWindowSeconds,
    rules.minValidators,
    rules.varianceLimit,
    rules.rosterMax,
    rules.weightMax,
    rules.earlyShare,
    rules.startWaitSeconds,
    rules.quietSeconds,
    rules.roundSeconds,
    rules.roundMaxSeconds,
  ];
}

/** H(rules; u64 each), 32 bytes. */
export function rulesDigest(blake3: Blake3, rules: NetworkRules): Uint8Array {
  return taggedHash(blake3, "rules", ruleValues(rules).map(u64));
}

/** Chain ids (TOS `Network`): the byte in each envelope. */
export const NETWORKS = ["mainnet", "testnet", "stagenet", "devnet"] as const;
export type NetworkName = (typeof NETWORKS)[number];

/** The name in topics and directories; a devnet is `dev` there, as in the daemon's layout. */
export function networkLabel(network: number): "mainnet" | "testnet" | "stagenet" | "dev" {
  return network === 0 ? "mainnet" : network === 1 ? "testnet" : network === 2 ? "stagenet" : "dev";
}

/**
 * The network of one node: everything that a signature or a digest is bound to.
 * `genesis` is the chain's genesis hash, or {@link standaloneGenesis} where there is no chain.
 */
export interface NetworkIdentity {
  readonly network: number;
  readonly genesis: Uint8Array;
  readonly rules: NetworkRules;
  readonly rulesDigest: Uint8Array;
}

/**
 * H(genesis; network u8, name length u8, name ASCII, rules). A `name` that is not 1 to 64 printable ASCII characters
 * throws a NetworkError `bad_parameters`.
 */
export function standaloneGenesis(blake3: Blake3, network: number, name: string, digest: Uint8Array): Uint8Array {
  if (!/^[\x20-\x7e]{1,64}$/.test(name)) {
    throw new NetworkError("bad_parameters", "the name of a network is 1 to 64 printable ASCII characters");
  }
  return taggedHash(blake3, "genesis", [u8(network), u8(name.length), ascii(name), digest]);
}

/** Upper bounds for a rules file. They keep every table that is sized by a rule small. */
const RULE_BOUNDS: { readonly [K in keyof NetworkRules]: readonly [number, number] } = {
  registry: [0, 2],
  windowSeconds: [1, 86_400],
  horizonDays: [1, 365],
  taskMaxAgeDays: [1, 365],
  deadlineMaxDays: [1, 365],
  aheadSeconds: [1, 3600],
  quotas: [1, 65_535],
  payloadLimits: [256, 49_152],
  bodyLimit: [1024, 1_048_576],
  bundleMaxCount: [1, 64],
  bundleMaxBytes: [50_000, 65_536],
  shards: [1, 255],
  validationWindowSeconds: [1, 30 * 86_400],
  minValidators: [1, 255],
  varianceLimit: [1, 10_000],
  rosterMax: [1, 256],
  weightMax: [1, 10_000],
  earlyShare: [1, 10_000],
  startWaitSeconds: [0, 3600],
  quietSeconds: [0, 3600],
  roundSeconds: [1, 3600],
  roundMaxSeconds: [1, 3600],
};

function inBounds(value: unknown, bounds: readonly [number, number]): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= bounds[0] && value <= bounds[1];
}

/** Whether every rule is present, has the shape of its default and is within its bounds. */
function isRules(value: { readonly [K in keyof NetworkRules]: unknown }): value is NetworkRules {
  let name: keyof NetworkRules;
  for (name in RULE_BOUNDS) {
    const standard = DEFAULT_RULES[name];
    const given = value[name];
    const entries: unknown = typeof standard === "number" ? [given] : given;
    if (!Array.isArray(entries) || entries.length !== (typeof standard === "number" ? 1 : standard.length))
      return false;
    if (!entries.every((entry) => inBounds(entry, RULE_BOUNDS[name]))) return false;
  }
  return true;
}

/** Protobuf bytes of an alert beside its two envelopes: its kind, and a tag and length for each. */
const ALERT_OVERHEAD = 10;
/** Most bytes of a certificate beside its list and commits: its Ref, its round, the list's tag and length. */
const CERTIFICATE_OVERHEAD = 64;
/**
 * Bytes of a list before its validations, and most bytes that one roster member adds: its validation and its commit.
 */
const LIST_HEAD = 194;
const BYTES_PER_MEMBER = 35 + 111;

/** Whether rules within their bounds are consistent with each other. */
function fitTogether(rules: NetworkRules): boolean {
  const limits = rules.payloadLimits;
  const largestAccused = Math.max(limits[0], limits[1], limits[2], limits[6]);
  const validationDays = rules.validationWindowSeconds / DAY_SECONDS;
  return (
    // A day is a whole number of windows, so the state of a day follows from its windows.
    DAY_SECONDS % rules.windowSeconds === 0 &&
    // A validation at the last moment of the longest task is still a member.
    rules.taskMaxAgeDays >= rules.deadlineMaxDays + validationDays &&
    // No member stays longer than its announcement, except for the rest of their common day.
    rules.horizonDays >= rules.taskMaxAgeDays &&
    // An alert has room for any two contradicting records; a certificate has room for a whole roster.
    limits[7] >= ALERT_OVERHEAD + 2 * (ENVELOPE_OVERHEAD + largestAccused) &&
    limits[8] >= CERTIFICATE_OVERHEAD + LIST_HEAD + BYTES_PER_MEMBER * rules.rosterMax &&
    // A bundle of one always fits.
    rules.bundleMaxBytes >= 4 + ENVELOPE_OVERHEAD + Math.max(...limits) &&
    rules.roundMaxSeconds >= rules.roundSeconds
  );
}

/**
 * Rules of a devnet from parsed JSON: an object that overrides some of {@link DEFAULT_RULES}. An unknown field, a wrong
 * type, a value out of bounds or rules that contradict each other are `bad_parameters`.
 */
export function parseRules(json: unknown): Result<NetworkRules> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return fail("bad_parameters");
  if (!Object.keys(json).every((key) => Object.hasOwn(RULE_BOUNDS, key))) return fail("bad_parameters");
  const merged: { readonly [K in keyof NetworkRules]: unknown } = { ...DEFAULT_RULES, ...json };
  return isRules(merged) && fitTogether(merged) ? ok(merged) : fail("bad_parameters");
}
