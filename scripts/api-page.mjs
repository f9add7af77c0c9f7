// The page of the API's methods, made of the OpenRPC document.

/** JSON as the examples show it. */
function block(language, text) {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`;
}

/** A cell of a table: a bar would end it. */
function cell(text) {
  return String(text ?? "").replaceAll("|", "\\|");
}

/** A short name for a schema, as a person writes it. */
export function typeText(schema) {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${one}\``).join(", ");
  const some = schema.anyOf ?? schema.oneOf;
  if (some !== undefined) return [...new Set(some.map(typeText))].join(" or ");
  if (schema.type === "string" && schema.pattern?.includes("{64}")) return "64 hex digits";
  if (schema.type === "string" && schema.pattern === "^\\d{1,20}$") return "decimal text";
  if (schema.type === "string" && schema.pattern?.startsWith("^task:")) return "`task:<id>`";
  if (schema.type === "array") return `array of ${typeText(schema.items ?? {})}`;
  if (schema.type === "object") return objectText(schema);
  if (schema.type === "integer") return rangeText(schema);
  return schema.type ?? "any";
}

function objectText({ properties, additionalProperties, required }) {
  if (properties === undefined) return `object of ${typeText(additionalProperties || {})}`;
  return `\`${membersText({ properties, required })}\``;
}

/** `{name, other?}`; with the members of a member that stands alone: `{Approve: {quality_score, reasoning?}}`. */
function membersText({ properties, required = [] }) {
  const names = Object.entries(properties).map(([name, inner], _i, all) => {
    const optional = required.includes(name) ? "" : "?";
    return all.length === 1 && inner.properties !== undefined
      ? `${name}${optional}: ${membersText(inner)}`
      : `${name}${optional}`;
  });
  return `{${names.join(", ")}}`;
}

function rangeText({ minimum, maximum }) {
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  return bounded ? `integer ${minimum} to ${maximum}` : "integer";
}

/** Rows of the members of an answer, those of nested objects and of arrays too. */
function* memberRows(schema, prefix = "") {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const optional = schema.required?.includes(name) ? "" : " (may be absent)";
    yield `| \`${prefix}${name}\` | ${cell(typeText(member))}${optional} | ${cell(member.description)} |`;
    const inner = (member.anyOf ?? [member]).find(({ type }) => type === "object" || type === "array");
    if (inner?.type === "array") yield* memberRows(inner.items ?? {}, `${prefix}${name}[].`);
    else if (inner !== undefined) yield* memberRows(inner, `${prefix}${name}.`);
  }
}

function paramTable(params) {
  if (params.length === 0) return "No parameters.\n";
  const rows = params.map(({ name, required, schema }) => {
    const without = required ? "required" : (JSON.stringify(schema.default) ?? "-");
    return `| \`${name}\` | ${cell(typeText(schema))} | ${cell(without)} | ${cell(schema.description)} |`;
  });
  return `| parameter | type | default | |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}

function request(method, params) {
  return JSON.stringify({ jsonrpc: "2.0", id: 1, method, ...(params === undefined ? {} : { params }) });
}

/** A command line of a shell that sends a request. */
export function curlText(method, params) {
  const body = request(method, params).replaceAll("'", "'\\''");
  return `curl -s "$URL/json_rpc" -H "authorization: Bearer $TOKEN" -d '${body}'`;
}

function pythonValue(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${pythonValue(one)}`);
  return `{${members.join(", ")}}`;
}

/** A call of `call`, which the top of the page defines. */
export function pythonText(method, params) {
  const named = Object.entries(params ?? {}).map(([name, value]) => `, ${name}=${pythonValue(value)}`);
  return `call(${JSON.stringify(method)}${named.join("")})`;
}

/** The parameters of the example; undefined where it has none. */
export function exampleParams({ examples: [example] }) {
  if (example.params.length === 0) return undefined;
  return Object.fromEntries(example.params.map(({ name, value }) => [name, value]));
}

function exampleText(method) {
  const params = exampleParams(method);
  const { value } = method.examples[0].result;
  const answer = JSON.stringify(value, undefined, 2);
  const refused = method["x-error-example"];
  const requests = method["x-websocket"]
    ? block("json", request(method.name, params))
    : block("sh", curlText(method.name, params)) + block("python", pythonText(method.name, params));
  const refusal = `${request(method.name, refused.params)}\n${JSON.stringify(refused.error, undefined, 2)}`;
  return `${requests}\nThe \`result\` of the answer:\n\n${block("json", answer)}\nA request that is refused, and the \`error\`:\n\n${block("json", refusal)}`;
}

function methodText(method) {
  const socket = method["x-websocket"] ? " Over a WebSocket only." : "";
  const about = [`${method.summary[0].toUpperCase()}${method.summary.slice(1)}.${socket}`, method.description];
  const rows = [...memberRows(method.result.schema)];
  const answer =
    rows.length === 0
      ? `The answer is ${typeText(method.result.schema)}.\n`
      : `| member of the answer | type | |\n|---|---|---|\n${rows.join("\n")}\n`;
  const errors = method.errors.map(({ $ref }) => `\`${$ref.split("/").at(-1)}\``).join(", ");
  const text = about.filter((one) => one !== undefined).join("\n\n");
  const parts = [`## ${method.name}\n`, `${text}\n`, paramTable(method.params), answer, `Errors: ${errors}.\n`];
  return [...parts, exampleText(method)].join("\n");
}

function errorTable(errors) {
  const rows = Object.entries(errors).map(([name, { code, message, data }]) => {
    const { kind, code: _reason, ...members } = data?.properties ?? {};
    const texts = Object.entries(members).map(([member, { description }]) => `\`${member}\`: ${description}`);
    return `| \`${name}\` | ${code} | ${kind?.const ?? "-"} | ${cell(message)} | ${cell(texts.join("; "))} |`;
  });
  return `| error | number | kind | means | more members of \`data\` |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
}

function eventTable(events) {
  const rows = Object.entries(events).map(([name, { properties }]) => {
    const fields = Object.entries(properties).map(([field, schema]) => {
      const why = schema.description === undefined ? "" : ` (${schema.description})`;
      return `\`${field}\`: ${typeText(schema)}${why}`;
    });
    return `| \`${name}\` | ${cell(fields.join("; "))} |`;
  });
  return `| event | fields, besides \`event\` and \`sequence\` |\n|---|---|\n${rows.join("\n")}\n`;
}

const TOP = `# Methods of the API

This page is made of the [OpenRPC document](openrpc.json) by \`npm run generate:api\`, which a node answers to
\`rpc.discover\` too. The schemas in it are those that check the parameters. A test sends every example to a node.
[api.md](api.md) has the rules for all requests, the meaning of the fields, health and metrics.

The examples use the address and the token of a node:

\`\`\`sh
URL=http://127.0.0.1:8135 TOKEN=$(cat ~/.tos/ai/dev/api.token)
\`\`\`

\`\`\`python
import json, os, urllib.request

URL, TOKEN = os.environ["URL"], os.environ["TOKEN"]

def call(method, **params):
    body = {"jsonrpc": "2.0", "id": 1, "method": method, **({"params": params} if params else {})}
    headers = {"authorization": "Bearer " + TOKEN, "content-type": "application/json"}
    sent = urllib.request.Request(URL + "/json_rpc", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(sent) as response:
        answer = json.load(response)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["result"]
\`\`\`
`;

/** The whole page. */
export function apiPage(document) {
  const methods = document.methods.map(methodText);
  return [
    TOP,
    ...methods,
    "## Events\n",
    eventTable(document["x-events"]),
    "## Errors of the methods\n",
    "`data.code` of an error is the name in this table; an error of kind - has no `data`.\n",
    errorTable(document.components.errors),
  ].join("\n");
}
