import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isList, isObject, readJson } from "../../src/testing/daemon-json.js";
import { FakeDaemon } from "../../src/testing/index.js";
import { type RecordedCall, recordedCalls, sameShape, shapeOf } from "../support/recordings.js";

/** Accounts, assets, templates: nothing of this program asks for them, and the fake daemon does not know them. */
const NOT_OFFERED = new Set([
  "count_accounts",
  "count_assets",
  "count_contracts",
  "get_account_assets",
  "get_account_history",
  "get_account_registration_topoheight",
  "get_accounts",
  "get_asset",
  "get_asset_supply",
  "get_assets",
  "get_balance",
  "get_block_template",
  "get_energy",
  "get_nonce",
  "get_stable_balance",
  "has_balance",
  "has_nonce",
  "is_account_registered",
  "make_integrated_address",
  "submit_block",
]);
/** The recorded chain's block of topoheight 4. */
const RECORDED_BLOCK = "2e6d6e20b53504cb397a62487eb0439f52cccfea05be575f318d40a91faa6563";

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
  daemon.mine(20);
});
afterAll(() => daemon.stop());

async function ask(request: string): Promise<Pick<RecordedCall, "status" | "content_type" | "response">> {
  const body = request.replaceAll(RECORDED_BLOCK, daemon.chain.at(4)?.hash ?? "");
  const response = await fetch(daemon.httpUrl, { method: "POST", body });
  return {
    status: response.status,
    content_type: response.headers.get("content-type") ?? "",
    response: await response.text(),
  };
}

function methodOf(request: string): string {
  try {
    const parsed = readJson(request);
    return isObject(parsed) && typeof parsed.method === "string" ? parsed.method : "";
  } catch {
    return "";
  }
}

/** The error object if it is one, and of a batch those of its members. */
function errorOf(response: string): unknown {
  const parsed = readJson(response);
  const all = isList(parsed) ? parsed : [parsed];
  return all.map((each) => (isObject(each) ? each.error : each));
}

it("gives 21 blocks at once, and refuses a range that is wider or past the top", async () => {
  const other = await FakeDaemon.start();
  other.mine(30);
  const range = async (start_topoheight: number, end_topoheight: number): Promise<string> => {
    const params = { start_topoheight, end_topoheight };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "get_blocks_range_by_topoheight", params });
    return (await fetch(other.httpUrl, { method: "POST", body })).text();
  };
  expect((await range(10, 30)).match(/"hash"/g)).toHaveLength(21);
  for (const [start, end] of [
    [9, 30],
    [10, 31],
    [5, 4],
  ] as const) {
    expect(errorOf(await range(start, end))).toMatchObject([{ code: -32004 }]);
  }
  await other.stop();
});

describe.each(["http.jsonl", "http-errors.jsonl"])("%s", (file) => {
  const calls = recordedCalls(file);
  const offered = calls.filter(({ request }) => !NOT_OFFERED.has(methodOf(request)));

  it.each(offered.map((call) => [call.name, call] as const))("%s is answered as recorded", async (_name, call) => {
    const answer = await ask(call.request);
    expect([answer.status, answer.content_type]).toEqual([call.status, call.content_type]);
    expect(errorOf(answer.response)).toEqual(errorOf(call.response));
    const [got, recorded] = [shapeOf(readJson(answer.response)), shapeOf(readJson(call.response))];
    expect(sameShape(got, recorded), `${JSON.stringify(got)}\nrecorded ${JSON.stringify(recorded)}`).toBe(true);
  });

  it("what it does not offer is an unknown method", async () => {
    for (const { request } of calls.filter(({ request }) => NOT_OFFERED.has(methodOf(request)))) {
      expect(errorOf((await ask(request)).response)).toMatchObject([{ code: -32601 }]);
    }
  });
});
