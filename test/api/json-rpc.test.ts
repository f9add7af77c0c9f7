import { describe, expect, test } from "vitest";
import { METHOD_NAMES } from "../../src/api/methods.js";
import { NetworkError, REASONS, type ReasonCode } from "../../src/protocol/errors.js";
import { AUTHOR, SUBMISSION, TASK } from "../support/control/fake-control.js";
import { serve } from "./serve.js";

describe("requests", () => {
  test("requests, malformed ones too, get the answers of the TOS daemon", async () => {
    const { post } = await serve();
    const ask = async (body: string) => (await post(body)).json;
    const peers = `"jsonrpc":"2.0","method":"ai_get_peers"`;
    for (const body of ["", "{", '{"jsonrpc":"2.0","id":1', "[".repeat(100_000), `{"id":1,"jsonrpc":"2.0"}`]) {
      expect((await post(body)).status).toBe(200);
      expect(await ask(body)).toMatchObject({ jsonrpc: "2.0", id: null, error: { code: -32700 } });
    }
    for (const id of ["-1", "1.5", "true", "{}", "18446744073709551616"]) {
      expect(await ask(`{${peers},"id":${id}}`)).toMatchObject({ id: null, error: { code: -32700 } });
    }
    for (const body of ["42", "null", '"x"', `{"jsonrpc":"1.0","id":5,"method":"ai_get_peers"}`]) {
      expect(await ask(body)).toMatchObject({ error: { code: -32600 } });
    }
    for (const params of ["{}", '{"x":1}', "[1]", '"x"', "0"]) {
      expect(await ask(`{${peers},"id":1,"params":${params}}`)).toMatchObject({ id: 1, error: { code: -32602 } });
    }
    for (const params of ["null", "[]"]) {
      expect(await ask(`{${peers},"id":1,"params":${params}}`)).toMatchObject({ id: 1, result: { peers: [{}] } });
    }
    expect(await ask(`{${peers},"id":"abc","more":1}`)).toMatchObject({ id: "abc", result: {} });
    expect((await post(`{${peers}}`)).text).toBe("null");
    expect(await ask(`{"jsonrpc":"2.0","method":"nope"}`)).toMatchObject({ id: null, error: { code: -32601 } });
    expect(await ask(`{"jsonrpc":"2.0","id":1,"method":"subscribe"}`)).toMatchObject({ error: { code: -32601 } });
    expect(await ask(`{"jsonrpc":"2.0","id":1,"method":"constructor"}`)).toMatchObject({ error: { code: -32601 } });
  });

  test("an error names the bad id, and a number that would be returned in another form is refused", async () => {
    const { post } = await serve();
    const ask = async (id: string) => (await post(`{"jsonrpc":"2.0","method":"ai_get_peers","id":${id}}`)).json;
    const long = JSON.stringify("x".repeat(300));
    for (const [id, shown] of [
      ["-1", "the id -1 "],
      ["1.5", "the id 1.5 "],
      [long, `the id "${"x".repeat(39)}... (302 characters)`],
      ["1e3", "the id 1e3 "],
      ["true", "the id true "],
      ["9".repeat(400), "the id Infinity "],
      ["1.0", "the id 1.0 "],
    ] as const) {
      const answer = await ask(id);
      expect(answer).toMatchObject({ id: null, error: { code: -32700, message: expect.stringContaining(shown) } });
    }
  });

  test("ids beyond 2^53 are answered exactly", async () => {
    const { post } = await serve();
    const { text } = await post(`{"jsonrpc":"2.0","id":18446744073709551615,"method":"ai_get_peers"}`);
    expect(text).toContain(`"id":18446744073709551615,`);
  });

  test("a batch has at most twenty requests, each with its own answer", async () => {
    const { post } = await serve();
    const one = `{"jsonrpc":"2.0","id":1,"method":"ai_get_peers"}`;
    const batch = (count: number) => `[${Array(count).fill(one).join(",")}]`;
    expect((await post(batch(20))).json).toHaveLength(20);
    expect((await post(batch(21))).json).toMatchObject({ id: null, error: { code: -32600 } });
    expect((await post("[]")).text).toBe("[]");
    const mixed = `[${one},5,{"jsonrpc":"2.0","method":"ai_get_peers"},{"jsonrpc":"2.0","id":3,"method":"nope"}]`;
    expect((await post(mixed)).json).toMatchObject([
      { id: 1, result: {} },
      { id: null, error: { code: -32600 } },
      null,
      { id: 3, error: { code: -32601 } },
    ]);
  });
});

describe("errors", () => {
  test("an error has the number of its kind and names the reason", async () => {
    const { call, control } = await serve();
    const numbers = new Map<string, number>();
    for (const code of Object.keys(REASONS) as ReasonCode[]) {
      control.failure = new NetworkError(code, `refused: ${code}`);
      const { error } = await call("ai_cancel_task", { task_id: TASK });
      expect(error).toMatchObject({ message: `refused: ${code}`, data: { kind: REASONS[code], code } });
      if (code === "bad_parameters") expect(error?.code).toBe(-32602);
      else if (code === "invalid_json") expect(error?.code).toBe(-32700);
      else numbers.set(`${REASONS[code]} ${error?.code}`, 1);
    }
    expect([...numbers.keys()].sort()).toEqual([
      "consensus -32015",
      "deserialization -32011",
      "peer_connection -32013",
      "serialization -32010",
      "signature -32014",
      "storage -32012",
    ]);
  });

  test("a defect is written to the log and not to the answer", async () => {
    const { call, control, lines } = await serve();
    control.failure = new TypeError("secret detail");
    const answer = await call("ai_cancel_task", { task_id: TASK });
    expect(answer).toEqual({ jsonrpc: "2.0", id: 1, error: { code: -32603, message: "Internal error" } });
    expect(lines).toContain("an API call failed by a defect of this program");
  });
});

describe("reading methods", () => {
  test("amounts are answered as decimal strings", async () => {
    const { call } = await serve();
    const { result: info } = await call("ai_get_network_info");
    expect(info).toMatchObject({ network: "devnet", registry: { time: "18446744073709551615" }, peers: 1, records: 7 });
    const { result: task } = await call("ai_get_task_details", { task_id: TASK.toUpperCase() });
    expect(task).toMatchObject({
      task_id: TASK,
      status: "InProgress",
      task_type: "CodeAnalysis",
      reward_amount: "18446744073709551615",
      verification_type: { PeerReview: { required_reviewers: 3 } },
      publisher: AUTHOR,
      task_data: {
        task_type: { CodeAnalysis: { language: "Rust", complexity: null } },
        data: "fn main() {}",
        stake_required: "18446744073709551615",
      },
      submissions: [{ submission_id: SUBMISSION, content_held: true, verdict: { reached: true, mean: 80 } }],
    });
    const { result: submission } = await call("ai_get_submission", { submission_id: SUBMISSION });
    expect(submission).toMatchObject({ content: { answer_base64: "/wAB", stake_amount: "1152921504606846976" } });
    const { result: digest } = await call("ai_get_state_digest", { at: 120 });
    expect(digest).toMatchObject({ at: 120, registry_time: "18446744073709551615" });
  });

  test("ai_list_active_tasks lists open tasks by default, page by page", async () => {
    const { call, control } = await serve();
    expect((await call("ai_list_active_tasks")).result).toMatchObject({ tasks: [{ task_id: TASK }], next: TASK });
    const params = { status: "all", task_type: "GeneralTask", limit: 200, after: TASK };
    await call("ai_list_active_tasks", params);
    await call("ai_list_active_tasks", { status: "Expired" });
    expect(control.queries).toEqual([
      { statuses: ["Published", "InProgress"], beforeDeadline: true, taskType: undefined, limit: 50, after: undefined },
      { statuses: [], beforeDeadline: false, taskType: 5, limit: 200, after: TASK },
      { statuses: ["Expired"], beforeDeadline: false, taskType: undefined, limit: 50, after: undefined },
    ]);
  });

  test("unknown parameters and methods are refused", async () => {
    const { call, control } = await serve();
    const bad: [string, unknown][] = [
      ["ai_get_task_details", undefined],
      ["ai_get_task_details", { task_id: "zz" }],
      ["ai_get_task_details", [TASK]],
      ["ai_get_task_details", { task_id: TASK, extra: 1 }],
      ["ai_get_submission", { submission_id: 5 }],
      ["ai_list_active_tasks", { limit: 201 }],
      ["ai_list_active_tasks", { status: "Active" }],
      ["ai_get_state_digest", { at: 61 }],
      ["ai_sync_task", {}],
    ];
    for (const [method, params] of bad) {
      expect(await call(method, params)).toMatchObject({ error: { code: -32602 } });
    }
    expect(await call("ai_get_task_details", { task_id: "00".repeat(32) })).toMatchObject({
      error: { code: -32012, data: { kind: "storage", code: "not_found" } },
    });
    expect(await call("ai_sync_task", { task_id: TASK })).toMatchObject({ result: { requested: true } });
    expect(control.synced).toEqual([TASK]);
  });

  test("every documented method exists", () => {
    expect(METHOD_NAMES).toEqual(expect.arrayContaining(["ai_get_network_info", "ai_publish_task", "ai_cancel_task"]));
  });
});
