import { z } from "zod";
import { REASONS } from "../../protocol/errors.js";
import { EVENT_SHAPES, missedShape } from "../shapes/index.js";
import { ERROR_ROWS } from "./error-rows.js";
import { EXAMPLES } from "./examples/index.js";
import { type JsonSchema, jsonSchema } from "./json-schema.js";
import { DESCRIPTIONS, type MethodDescription } from "./methods.js";

/** An OpenRPC document (spec.open-rpc.org, 1.3). Members that begin with `x-` are this program's. */
export interface OpenRpcDocument {
  readonly openrpc: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly methods: readonly MethodEntry[];
  readonly components: { readonly errors: Readonly<Record<string, ErrorEntry>> };
  /** The fields of each event, besides `event` and `sequence`. */
  readonly "x-events": Readonly<Record<string, JsonSchema>>;
}

/** A parameter or a result. */
export interface ContentDescriptor {
  readonly name: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

export interface MethodEntry {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly paramStructure: "by-name";
  readonly params: readonly ContentDescriptor[];
  readonly result: ContentDescriptor;
  readonly errors: readonly { readonly $ref: string }[];
  readonly examples: readonly [ExampleEntry];
  /** Only over a WebSocket. */
  readonly "x-websocket"?: true;
  /** A request that is refused, and the error. */
  readonly "x-error-example": { readonly params: unknown; readonly error: unknown };
}

interface ExampleEntry {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly value: unknown }[];
  readonly result: { readonly name: string; readonly value: unknown };
}

interface ErrorEntry {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonSchema;
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())),
  required: z.array(z.string()).default([]),
});

function paramsOf(schema: z.ZodType | undefined): ContentDescriptor[] {
  if (schema === undefined) return [];
  const { properties, required } = objectSchema.parse(jsonSchema(schema));
  return Object.entries(properties).map(([name, one]) => ({ name, required: required.includes(name), schema: one }));
}

function methodEntry(name: keyof typeof DESCRIPTIONS, method: MethodDescription): MethodEntry {
  const { summary, description, params, result, errors, socket } = method;
  const example = EXAMPLES[name];
  const values = Object.entries(example.params).map(([param, value]) => ({ name: param, value }));
  return {
    name,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(socket === undefined ? {} : { "x-websocket": socket }),
    paramStructure: "by-name",
    params: paramsOf(params),
    result: { name: "result", schema: jsonSchema(result) },
    errors: errors.map((error) => ({ $ref: `#/components/errors/${error}` })),
    examples: [{ name, params: values, result: { name: "result", value: example.result } }],
    "x-error-example": example.refused,
  };
}

function errorEntries(): Record<string, ErrorEntry> {
  const entries = Object.entries(ERROR_ROWS).map(([name, { number, meaning, data }]): [string, ErrorEntry] => {
    const kind = Object.entries(REASONS).find(([code]) => code === name)?.[1];
    if (kind === undefined) return [name, { code: number, message: meaning }];
    const members = Object.entries(data).map(([member, description]) => [member, { description }]);
    const properties = { kind: { const: kind }, code: { const: name }, ...Object.fromEntries(members) };
    return [name, { code: number, message: meaning, data: { type: "object", properties } }];
  });
  return Object.fromEntries(entries);
}

/** The document of this version of the program. */
export function openRpcDocument(version: string): OpenRpcDocument {
  const events = Object.entries({ ...EVENT_SHAPES, events_missed: missedShape });
  const names = Object.keys(DESCRIPTIONS) as (keyof typeof DESCRIPTIONS)[];
  return {
    openrpc: "1.3.2",
    info: {
      title: "tos-ai-sync",
      version,
      description: "JSON-RPC 2.0 at /json_rpc of a node, over HTTP and WebSocket (docs/api.md)",
    },
    methods: names.map((name) => methodEntry(name, DESCRIPTIONS[name])),
    components: { errors: errorEntries() },
    "x-events": Object.fromEntries(events.map(([name, shape]) => [name, jsonSchema(shape)])),
  };
}
