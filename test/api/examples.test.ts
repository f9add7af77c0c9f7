import { expect, test } from "vitest";
import { METHOD_NAMES, SOCKET_METHOD_NAMES } from "../../src/api/method-names.js";
import { DESCRIPTIONS, EXAMPLES, openRpcDocument } from "../../src/api/openrpc/index.js";
import { EVENT_NAMES } from "../../src/api/params/event-names.js";
import { parseWith } from "../../src/api/params/index.js";
import { ExampleNode } from "./examples-run.js";
import { type Json, serve } from "./serve.js";

type Name = keyof typeof DESCRIPTIONS;
const NAMES = Object.keys(DESCRIPTIONS) as Name[];

/** Numbers, dates and addresses differ from node to node. */
function masked(message: unknown): string {
  return String(message).replace(/\d{4}-\d\d-\d\dT[\d:]+Z|\b[0-9a-f]{16}\b|\d+/g, "#");
}

/** The members of a value and of its members, without array elements. */
function membersOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "value";
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, membersOf(inner)]));
}

function expectAnswer(name: Name, answer: Json): void {
  const { result } = answer;
  expect(answer, name).toHaveProperty("result");
  // A schema drops the members that it does not know.
  if (name !== "rpc.discover") expect(parseWith(DESCRIPTIONS[name].result, result), name).toEqual(result);
  expect(Object.keys(Object(result)), name).toEqual(expect.arrayContaining(Object.keys(Object(EXAMPLES[name].result))));
}

function expectRefusal(name: Name, { error }: Json): void {
  const shown: Json = JSON.parse(JSON.stringify(EXAMPLES[name].refused.error));
  expect(error?.code, name).toEqual(shown.code);
  expect(masked(error?.message), name).toEqual(masked(shown.message));
  expect(membersOf(error), name).toEqual(membersOf(shown));
  expect(error?.data?.code, name).toEqual(shown.data?.code);
}

test("a node answers the example of every method as the document shows, and refuses the refused one", async () => {
  const node = await ExampleNode.start();
  const published = await node.publish();
  for (const name of NAMES) {
    const { params, refused } = EXAMPLES[name];
    const asked = Object.keys(params).length === 0 ? undefined : params;
    const overSocket = DESCRIPTIONS[name].socket === true;
    expectAnswer(name, published.get(name) ?? (await node.ask(name, asked, overSocket)));
    expectRefusal(name, await node.ask(name, refused.params, overSocket));
  }
});

test("the answers of a node that holds alerts, faults and validations have the described members only", async () => {
  const { call } = await serve();
  const { TASK, SUBMISSION, AUTHOR } = await import("../support/control/fake-control.js");
  const asked: [Name, unknown][] = [
    ["ai_get_network_info", undefined],
    ["ai_get_peers", undefined],
    ["ai_get_node_stats", undefined],
    ["ai_list_active_tasks", {}],
    ["ai_get_task_details", { task_id: TASK }],
    ["ai_get_submission", { submission_id: SUBMISSION }],
    ["ai_get_certificates", { submission_id: SUBMISSION }],
    ["ai_get_votes", { submission_id: SUBMISSION }],
    ["ai_get_fraud_analysis", { submission_id: SUBMISSION }],
    ["ai_get_reward_distribution", { task_id: TASK }],
    ["ai_get_fraud_alerts", {}],
    ["ai_get_miner_stats", { miner: AUTHOR }],
    ["ai_get_state_digest", {}],
  ];
  for (const [name, params] of asked) {
    const { result } = await call(name, params);
    expect(parseWith(DESCRIPTIONS[name].result, result), name).toEqual(result);
  }
});

test("rpc.discover answers with the document, which has every method and event", async () => {
  const { call } = await serve();
  const { result } = await call("rpc.discover");
  const document = openRpcDocument("0.1.0");
  expect(result).toEqual(JSON.parse(JSON.stringify(document)));
  const names = document.methods.map(({ name }) => name);
  expect(names.sort()).toEqual([...METHOD_NAMES, ...SOCKET_METHOD_NAMES, "rpc.discover"].sort());
  expect(Object.keys(document["x-events"]).sort()).toEqual([...EVENT_NAMES, "events_missed"].sort());
  for (const { $ref } of document.methods.flatMap(({ errors }) => errors)) {
    expect(document.components.errors).toHaveProperty($ref.replace("#/components/errors/", ""));
  }
});

test("every parameter has a type, and a description where its name does not say enough", () => {
  for (const { name, params } of openRpcDocument("0.1.0").methods) {
    for (const { name: param, schema } of params) {
      expect(schema, `${name}.${param}`).toHaveProperty("description");
      expect("type" in schema || "anyOf" in schema || "enum" in schema, `${name}.${param}`).toBe(true);
    }
  }
});
