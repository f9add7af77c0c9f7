import { z } from "zod";
import { NetworkError } from "../protocol/errors.js";
import { NETWORKS } from "../protocol/rules.js";
import { REGISTRY_SOURCES } from "./remembered-chain.js";

/** Options as a program gives them. TypeScript checks their types; these shapes check programs in JavaScript. */

const path = z.string().min(1);
const addresses = z.array(z.string());
const called = z.custom((value) => typeof value === "function", "expected a function");

function isRegistry(value: unknown): boolean {
  return typeof value === "object" && value !== null && "registerMetric" in value;
}

function isTracing(value: unknown): boolean {
  return typeof value === "object" && value !== null && "trace" in value && "context" in value;
}

const node = {
  dirPath: path,
  listen: addresses.min(1).optional(),
  bootstrap: addresses.optional(),
  announce: addresses.optional(),
  rosterFile: path.optional(),
  rulesFile: path.optional(),
  registryFile: path.optional(),
  network: z.enum(NETWORKS).optional(),
  taskTypes: z.array(z.int().min(0).max(5)).min(1).optional(),
  log: z.union([called, z.looseObject({ debug: called, info: called, warn: called, error: called })]).optional(),
  metricsRegistry: z.custom(isRegistry, "expected a registry of prom-client").optional(),
  tracing: z.custom(isTracing, "expected the module @opentelemetry/api").optional(),
  logLosses: z.looseObject({ active: called, onLost: called }).optional(),
};

const api = z.strictObject({ host: z.string(), port: z.int().min(0).max(65_535) }).optional();

const standalone = z.strictObject({ ...node, networkName: z.string().optional(), readOnly: z.boolean().optional() });
const sidecar = z.strictObject({
  ...node,
  daemon: z.string(),
  registry: z.enum(REGISTRY_SOURCES).optional(),
  signal: z.instanceof(AbortSignal).optional(),
});

/** The options of each way to open a node, by the name of the function. */
const SHAPES = {
  openStandalone: standalone,
  startStandalone: standalone.extend({ api }),
  openSidecar: sidecar,
  startSidecar: sidecar.extend({ api }),
} as const;

/** Longest list of faults in one message. */
const FAULTS_MAX = 3;

/** Whether the options have a value at a path. */
function isGiven(options: unknown, path: readonly PropertyKey[]): boolean {
  let value = options;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return false;
    value = Object.entries(value).find(([key]) => key === String(name))?.[1];
  }
  return value !== undefined;
}

/** Throws `bad_parameters` that names each missing, wrong or unknown option. */
export function checkOptions(name: keyof typeof SHAPES, options: unknown): void {
  const shape = SHAPES[name];
  const { error } = shape.safeParse(options);
  if (error === undefined) return;
  const faults = error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => `there is no option ${JSON.stringify(key)}`);
    const option = issue.path.join(".");
    if (option === "") return ["expected an object with options"];
    return [`the option ${option}: ${isGiven(options, issue.path) ? issue.message : "it is missing"}`];
  });
  const known = Object.keys(shape.shape).join(", ");
  throw new NetworkError(
    "bad_parameters",
    `${name}: ${faults.slice(0, FAULTS_MAX).join("; ")}. Its options are ${known}`,
  );
}
