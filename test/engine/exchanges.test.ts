import { describe, expect, test } from "vitest";
import type { Candidate } from "../../src/engine/intake/index.js";
import { Exchanges, SyncBook } from "../../src/engine/sync/index.js";
import type { TaskRef } from "../../src/protocol/records.js";
import { NO_REQUEST, type SyncRequest, type SyncResponse } from "../../src/protocol/sync-messages.js";
import { announce, entryOf, key, refTo } from "../support/engine-world.js";
import { keyOf } from "../support/simulation/fake-signer.js";
import { EngineParts } from "./engine-parts.js";

const ANNOUNCED = announce({ author: key(0) });
const TASK: TaskRef = refTo(ANNOUNCED);
const MEMBER: Candidate = { kind: "member", entry: entryOf(ANNOUNCED), record: ANNOUNCED };

/** A conversation with connected peers, without the intake that verifies their messages. */
class ExchangesWorld {
  readonly parts = new EngineParts();
  readonly exchanges: Exchanges;

  constructor(...peers: string[]) {
    this.exchanges = new Exchanges({
      ...this.parts,
      syncBook: new SyncBook(),
      bodies: this.parts.book,
      taskRecords: () => [],
      list: () => undefined,
      listed: () => undefined,
    });
    for (const peer of peers) this.connect(peer);
    this.parts.context.out.take();
  }

  connect(peer: string): void {
    this.parts.connect(peer);
    this.exchanges.peerReady(peer);
  }

  /** Handles a verified control message. Returns the kind of its outcome, or the code of the fault. */
  control(
    peer: string,
    payload: SyncRequest | SyncResponse,
    options: { readonly sender?: string; readonly atSeconds?: number } = {},
  ): string {
    const { sender = keyOf(`node ${peer}`), atSeconds: timestampSeconds = this.parts.context.nowSeconds } = options;
    const candidate = { kind: "control", sender, payload, timestampSeconds } as const;
    const outcome = this.exchanges.control(peer, payload.requestId, candidate);
    return outcome.kind === "bad" ? outcome.code : outcome.kind;
  }

  /** Requests since the last call, as the peer and the request id. */
  asked(): { readonly peer: string; readonly id: string }[] {
    return this.parts.take("send_request").map(({ peer, request }) => ({ peer, id: request.requestId }));
  }

  /** Codes of the faults since the last call. */
  faults(): string[] {
    return this.parts.take("fault").map(({ code }) => code);
  }
}

function requestId(index: number): string {
  return index.toString(16).padStart(32, "0");
}

function unknown(id: string): SyncResponse {
  return { kind: "response", requestId: id, status: "unknown", items: 0, bytes: 0n };
}

describe("a conversation", () => {
  test("a conversation refuses a control message that is not signed by the key of the hello", () => {
    const world = new ExchangesWorld("a");
    const request: SyncRequest = { kind: "list", requestId: requestId(1), hash: keyOf("list") };
    expect(world.control("a", request, { sender: keyOf("node b") })).toBe("not_hello_key");
    expect(world.control("a", request)).toBe("new");
  });

  test("a request id opens once, and a response in the envelope of another request is refused", () => {
    const world = new ExchangesWorld("a");
    const request: SyncRequest = { kind: "list", requestId: requestId(1), hash: keyOf("list") };
    expect(world.control("a", request)).toBe("new");
    expect(world.control("a", request)).toBe("unsolicited");
    const outcome = world.exchanges.control("a", requestId(2), {
      kind: "control",
      sender: keyOf("node a"),
      payload: unknown(requestId(3)),
      timestampSeconds: 0,
    });
    expect(outcome).toEqual({ kind: "bad", code: "unsolicited" });
  });

  test("charges a peer for frames of an unknown exchange, but not for late frames of an ended one", () => {
    const world = new ExchangesWorld("a");
    world.exchanges.syncTask(TASK);
    const [asked] = world.asked();
    const id = asked?.id ?? "";
    expect(world.exchanges.wanted("a", id, ANNOUNCED.id, MEMBER)).toBe("asked");
    expect(world.control("a", unknown(id))).toBe("new");
    expect(world.exchanges.wanted("a", id, ANNOUNCED.id, MEMBER)).toBe("late");
    world.exchanges.frame("a", { kind: "body", requestId: id, offset: 0, bytes: new Uint8Array(1) });
    expect(world.faults()).toEqual([]);
    expect(world.exchanges.wanted("a", requestId(9), ANNOUNCED.id, MEMBER)).toBe("unasked");
    world.exchanges.frame("a", { kind: "body", requestId: requestId(9), offset: 0, bytes: new Uint8Array(1) });
    world.exchanges.frame("a", { kind: "want", requestId: requestId(9), ids: [] });
    expect(world.faults()).toEqual(["unsolicited", "unsolicited"]);
  });

  test("a conversation takes only records of the requested task, and none outside an exchange", () => {
    const world = new ExchangesWorld("a");
    world.exchanges.syncTask(TASK);
    const [asked] = world.asked();
    const other = announce({ author: key(1) });
    const stranger: Candidate = { kind: "member", entry: entryOf(other), record: other };
    expect(world.exchanges.wanted("a", asked?.id ?? "", other.id, stranger)).toBe("unasked");
    expect(world.exchanges.wanted("a", NO_REQUEST, ANNOUNCED.id, MEMBER)).toBe("unasked");
  });

  test("a node asks the peer with the best score first, and the next one if it leaves or lacks the task", () => {
    const world = new ExchangesWorld("a", "b", "c");
    world.parts.credit.useful("b", 3);
    world.parts.credit.useful("c", 1);
    world.exchanges.syncTask(TASK);
    const [first] = world.asked();
    expect(first?.peer).toBe("b");
    world.parts.peers.gone("b");
    world.exchanges.peerGone("b");
    world.exchanges.tick();
    const [second] = world.asked();
    expect(second?.peer).toBe("c");
    world.control("c", unknown(second?.id ?? ""));
    expect(world.asked().map(({ peer }) => peer)).toEqual(["a"]);
    expect(world.exchanges.openRequests).toBe(1);
  });

  test("a conversation answers a second window exchange of a peer with busy, without a fault", () => {
    const world = new ExchangesWorld("a");
    const windows = (index: number): SyncRequest => ({
      kind: "windows",
      requestId: requestId(index),
      strands: ["000000"],
      fromDay: 0,
      toDay: 1,
    });
    expect(world.control("a", windows(1))).toBe("new");
    expect(world.control("a", windows(2))).toBe("new");
    const effects = world.parts.context.out.take();
    const busy = effects.filter((effect) => effect.kind === "send_response" && effect.status === "busy");
    expect(busy).toMatchObject([{ peer: "a", requestId: requestId(2) }]);
    expect(effects.filter(({ kind }) => kind === "fault")).toEqual([]);
    expect(world.exchanges.windows.open).toBe(1);
  });

  test("remembers for each peer the ids that this node refused, until the registry changes", () => {
    const world = new ExchangesWorld("a");
    const refused = (): boolean | undefined => world.parts.peers.get("a")?.refused.has("id");
    world.exchanges.settled("a", requestId(1), "id", { kind: "ignored", code: "over_budget", remember: false });
    expect(refused()).toBe(false);
    world.exchanges.settled("a", requestId(1), "id", { kind: "ignored", code: "unknown_author", remember: true });
    expect(refused()).toBe(true);
    world.exchanges.registryChanged();
    expect(refused()).toBe(false);
  });

  test("a conversation reads the clock of a peer from its control messages, once a minute", () => {
    const world = new ExchangesWorld("a");
    const read = (index: number): number[] => {
      const request: SyncRequest = { kind: "list", requestId: requestId(index), hash: keyOf("list") };
      world.control("a", request, { atSeconds: index });
      return world.parts.take("peer_clock").map(({ clockSeconds }) => clockSeconds);
    };
    world.parts.setClock(100);
    expect([read(1), read(2)]).toEqual([[1], []]);
    world.parts.setClock(160);
    expect(read(3)).toEqual([3]);
  });
});
