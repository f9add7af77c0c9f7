import { request } from "node:http";
import { expect, test } from "vitest";
import { parseRequest } from "../../src/api/client/json-text.js";
import { TASK } from "../support/control/fake-control.js";
import { type Served, serve, TestSocket } from "./serve.js";

/** A publishing request with these bytes as its description. */
function publishing(description: Uint8Array): Buffer {
  const [before = "", after = ""] = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "ai_publish_task",
    params: {
      task_type: { GeneralTask: { category: "text" } },
      description: "@",
      reward_amount: "5000000000",
      duration_seconds: 3600,
    },
  }).split("@");
  return Buffer.concat([Buffer.from(before), description, Buffer.from(after)]);
}

/** Posts bytes unchanged; `chunked`: without a Content-Length. */
function postBytes(
  { api }: Served,
  body: Buffer,
  headers: Record<string, string> = {},
  chunked = false,
): Promise<string> {
  const length = chunked ? { "transfer-encoding": "chunked" } : { "content-length": String(body.length) };
  return new Promise((resolve, reject) => {
    const sent = request(
      `${api.url}/json_rpc`,
      { method: "POST", headers: { authorization: `Bearer ${api.token}`, ...length, ...headers } },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () => resolve(Buffer.concat(parts).toString()));
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

const NOT_UTF8: readonly (readonly [string, Uint8Array])[] = [
  ["a lone continuation byte", Uint8Array.of(0x80)],
  ["latin-1 text", Uint8Array.of(0x66, 0xfc, 0x72)],
  ["an overlong slash", Uint8Array.of(0xc0, 0xaf)],
  ["half of a surrogate pair", Uint8Array.of(0xed, 0xa0, 0x80)],
  ["a code point above the last", Uint8Array.of(0xf4, 0x90, 0x80, 0x80)],
  ["a character that is cut off", Uint8Array.of(0xe2, 0x82)],
];

test.each(NOT_UTF8)("a request over HTTP with %s is refused, with its length or in chunks", async (_, bytes) => {
  const served = await serve();
  for (const chunked of [false, true]) {
    const answer: unknown = JSON.parse(await postBytes(served, publishing(bytes), {}, chunked));
    expect(answer).toMatchObject({ id: null, error: { code: -32700, data: { code: "invalid_json" } } });
  }
  expect(served.control.drafts).toEqual([]);
  expect(await served.api.metrics.text(served.control)).toContain('api_refused_total{reason="not_utf8"} 2');
});

test("a request that names another charset is refused", async () => {
  const served = await serve();
  const latin = await postBytes(served, publishing(Buffer.from("ok")), {
    "content-type": "application/json; charset=latin1",
  });
  expect(JSON.parse(latin)).toMatchObject({ error: { data: { code: "invalid_json" } } });
  const utf8 = await postBytes(served, publishing(Buffer.from("ok")), { "content-type": 'text/plain;charset="UTF-8"' });
  expect(JSON.parse(utf8)).toMatchObject({ result: { task_id: TASK } });
});

test("text of any language is signed unchanged", async () => {
  const served = await serve();
  const text = "\ufeffZürich — 東京 \u{1f680} e\u0301 \u202e";
  await postBytes(served, publishing(Buffer.from(text)));
  expect(served.control.drafts).toMatchObject([{ description: text }]);
});

test("a text frame that is no UTF-8 closes the WebSocket with 1007", async () => {
  const served = await serve();
  const { socket, closed } = await TestSocket.open(served);
  socket.send(publishing(Uint8Array.of(0x80)), { binary: false });
  expect(await closed).toMatchObject({ code: 1007 });
  expect(served.control.drafts).toEqual([]);
});

test.each([
  ["an outer name", '{"jsonrpc":"2.0","id":1,"method":"ai_get_peers","method":"ai_publish_task"}', "method"],
  ["a name of what is signed", '{"jsonrpc":"2.0","id":1,"method":"x","params":{"score":1,"sc\\u006fre":2}}', "score"],
  ["a name deep inside", '[{"params":{"a":[{"b":1,"b":1}]}}]', "b"],
])("%s that occurs twice is refused by name", async (_, text, name) => {
  const served = await serve();
  const { json } = await served.post(text);
  expect(json).toMatchObject({ id: null, error: { code: -32700, data: { code: "invalid_json" } } });
  expect(String(json.error?.message)).toContain(`the name "${name}" stands twice`);
  const { socket } = await TestSocket.open(served);
  const answered = new Promise((resolve) => socket.once("message", (data) => resolve(JSON.parse(data.toString()))));
  socket.send(text);
  expect(await answered).toMatchObject({ id: null, error: { code: -32700 } });
});

test("half of a surrogate pair in an escape is refused in every field", async () => {
  const served = await serve();
  const lone = "\\ud800";
  for (const text of [
    publishing(Buffer.from(lone)).toString(),
    publishing(Buffer.from("x")).toString().replace('"text"', `"${lone}"`),
  ]) {
    expect((await served.post(text)).json).toMatchObject({ error: { code: -32602 } });
  }
  expect(served.control.drafts).toEqual([]);
});

test("a body of the largest size is scanned in a fraction of a second", () => {
  const text = JSON.stringify({
    params: { data: '"\\'.repeat(350_000), ids: Array.from({ length: 50_000 }, (_, id) => ({ id })) },
  });
  expect(parseRequest(text)).toEqual(JSON.parse(text));
});
