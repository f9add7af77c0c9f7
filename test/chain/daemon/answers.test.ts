import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBlock, readBlocks, readInfo, readMiner, readPeers, readTask } from "../../../src/chain/daemon/answers.js";
import { type DaemonEventName, readEvent } from "../../../src/chain/daemon/daemon-events.js";
import { exactResult, readMessage } from "../../../src/chain/daemon/daemon-text.js";
import { parseDaemonUrl } from "../../../src/chain/daemon/daemon-url.js";
import { HOSTS_MAX, HostBook, PEERS_MAX } from "../../../src/chain/daemon/hosts.js";
import { EXACT_MAX_CHARACTERS } from "../../../src/chain/daemon/limits.js";
import { Reconnection, type Setback } from "../../../src/chain/daemon/reconnect.js";
import { readRegistered } from "../../../src/chain/daemon/registration.js";
import { recording } from "../../support/recordings.js";

/** The answers of a kind, of the recording of a task's life. */
function answers(method: string): string[] {
  const lines = recording("ai/rpc.txt").split("\n");
  return lines.flatMap((line, i) => (line.includes(`"method":"${method}"`) ? [(lines[i + 1] ?? "").slice(2)] : []));
}

describe("recorded answers about AI mining", () => {
  test("answers of AI mining are parsed: a miner, a task from published to completed", () => {
    const miners = answers("get_ai_mining_miner").filter((text) => text.includes('"result"'));
    expect(readMiner(exactResult(miners[0] ?? ""))).toEqual({
      key: "f040817f4f40c88a56ee7f2d3e6dc86b0a2fcb248e83094720a206d27327d65f",
      registeredAt: 146,
      reputation: 500,
    });
    const tasks = answers("get_ai_mining_task").filter((text) => text.includes('"result"'));
    expect(tasks.map((text) => readTask(exactResult(text)).status)).toEqual(["Active", "Active", "Completed"]);
    expect(readTask(exactResult(tasks[0] ?? ""))).toMatchObject({
      publishedAt: 161,
      rewardAmount: 5_000_000_000n,
      deadlineMs: 1_795_362_345_405n,
    });
  });
});

describe("readers of answers", () => {
  test("an answer too long for exact parsing is refused", () => {
    const text = JSON.stringify({ id: 1, jsonrpc: "2.0", result: "x".repeat(EXACT_MAX_CHARACTERS) });
    expect(readMessage(text)).toMatchObject({ kind: "result", id: 1 });
    expect(() => exactResult(text)).toThrow(expect.objectContaining({ code: "chain_answer" }));
    expect(exactResult(text.replace("x".repeat(100), ""))).toHaveLength(EXACT_MAX_CHARACTERS - 100);
  });

  test("exact parsing keeps 64-bit integers", () => {
    const text =
      '{"id":1,"jsonrpc":"2.0","result":{"a":18446744073709551615,"b":9007199254740993,"c":1,"d":-9007199254740993}}';
    expect(exactResult(text)).toEqual({ a: 2n ** 64n - 1n, b: 2n ** 53n + 1n, c: 1, d: -(2n ** 53n) - 1n });
  });

  test("every answer is parsed or refused with a typed error", () => {
    const anything = fc.anything({ withBigInt: true, maxDepth: 3 });
    const members = [
      "network",
      "version",
      "height",
      "topoheight",
      "hash",
      "timestamp",
      "txs_hashes",
      "peers",
      "addr",
      "event",
    ];
    const close = fc.dictionary(
      fc.constantFrom(...members),
      fc.oneof(anything, fc.nat(), fc.constant("ab".repeat(32))),
    );
    const names: DaemonEventName[] = [
      "new_block",
      "block_ordered",
      "block_orphaned",
      "stable_height_changed",
      "peer_connected",
    ];
    const readers: ((value: unknown) => unknown)[] = [
      readInfo,
      readBlock,
      readPeers,
      readMiner,
      readTask,
      (value) => readBlocks(value, 0, 0),
      (value) => readRegistered(value, ["ab".repeat(32)], 3),
      ...names.map((name) => (value: unknown) => readEvent(name, value)),
    ];
    fc.assert(
      fc.property(fc.oneof(anything, close, fc.array(close)), (value) => {
        for (const read of readers) {
          try {
            read(value);
          } catch (error) {
            expect(error).toMatchObject({
              name: "NetworkError",
              code: expect.stringMatching(/^(chain_answer|not_found)$/),
            });
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("every text is a message or a typed error", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"id":1,"result":${json}}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(readMessage(text)).toHaveProperty("kind");
        } catch (error) {
          expect(error).toMatchObject({ code: "chain_answer" });
        }
      }),
    );
  });
});

describe("the URL of a daemon", () => {
  test.each([
    ["ws://127.0.0.1:8080/json_rpc", "ws://127.0.0.1:8080/json_rpc", "http://127.0.0.1:8080/json_rpc", true],
    ["http://localhost:8080", "ws://localhost:8080/json_rpc", "http://localhost:8080/json_rpc", true],
    ["127.0.0.1:18080", "ws://127.0.0.1:18080/json_rpc", "http://127.0.0.1:18080/json_rpc", true],
    ["node.example", "ws://node.example:8080/json_rpc", "http://node.example:8080/json_rpc", false],
    ["node.example:80", "ws://node.example/json_rpc", "http://node.example/json_rpc", false],
    ["[::1]:8080", "ws://[::1]:8080/json_rpc", "http://[::1]:8080/json_rpc", true],
    ["wss://node.example/json_rpc?a=1", "wss://node.example/json_rpc?a=1", "https://node.example/json_rpc?a=1", false],
    ["https://node.example/tos", "wss://node.example/tos", "https://node.example/tos", false],
  ])("the URL %s of a daemon is accepted", (text, ws, http, loopback) => {
    expect(parseDaemonUrl(text)).toEqual({ ws, http, loopback });
  });

  test.each(["", "ftp://host/", "ws://", "ws://user:secret@host/", "ws://host/#x", "a b", "host:99999"])(
    "the URL %o of a daemon is refused",
    (text) => {
      expect(() => parseDaemonUrl(text)).toThrow(expect.objectContaining({ code: "bad_parameters" }));
    },
  );
});

describe("the pause before the next attempt", () => {
  const pauses = (setback: Setback, loopback: boolean, count: number, chance = 0) => {
    const reconnection = new Reconnection(loopback);
    return Array.from({ length: count }, () => reconnection.pauseMs(setback, 0, chance));
  };

  test("the backoff doubles from 0.1 s, up to 1 s on loopback and more elsewhere, minus up to a quarter", () => {
    expect(pauses("gone", true, 6)).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(pauses("gone", true, 6, 0.999_999)).toEqual([75, 150, 300, 600, 750, 750]);
    expect(pauses("gone", false, 50).at(-1)).toBe(10_000);
    expect(pauses("faulty", true, 50).at(-1)).toBe(10_000);
    expect(pauses("wrong_network", true, 50).at(-1)).toBe(5000);
  });

  test("another reason or a long connection resets the backoff", () => {
    const reconnection = new Reconnection(true);
    for (let i = 0; i < 10; i++) reconnection.pauseMs("gone", 0, 0);
    expect(reconnection.pauseMs("faulty", 0, 0)).toBe(100);
    expect(reconnection.pauseMs("faulty", 4999, 0)).toBe(200);
    expect(reconnection.pauseMs("faulty", 5000, 0)).toBe(100);
  });
});

describe("the hosts", () => {
  test("hosts are bounded and unique, and returned when they change", () => {
    const book = new HostBook();
    for (let i = 0; i < 1000; i++) {
      book.connected({ address: `10.0.${i >> 8}.${i & 255}:1`, ip: `10.0.${i >> 8}.${i & 255}` });
    }
    expect(book.size).toBe(PEERS_MAX);
    expect(book.take()).toHaveLength(HOSTS_MAX);
    expect(book.take()).toBeUndefined();
    book.replace([]);
    expect(book.take()).toEqual([]);
  });
});
