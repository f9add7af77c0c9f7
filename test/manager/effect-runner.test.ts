import { describe, expect, it } from "vitest";
import type { EngineEffect } from "../../src/engine/effects.js";
import type { EngineEvent } from "../../src/engine/events.js";
import { type EffectPorts, EffectRunner } from "../../src/manager/outbound/effect-runner.js";
import { StoreWriter } from "../../src/manager/outbound/store-writer.js";
import { NetworkError } from "../../src/protocol/errors.js";
import type { SyncRequest } from "../../src/protocol/sync-messages.js";
import { storedEvent } from "../support/stored-event.js";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A runner over a disk that takes one batch at a time, when the test says so. `log` has all steps in order. */
function rig() {
  const log: string[] = [];
  const asked: { finish: () => void }[] = [];
  const writer = new StoreWriter(
    {
      apply: (_writes, { sync }) =>
        new Promise((finish) => asked.push({ finish: () => finish(void log.push(`disk ${sync}`)) })),
    },
    () => undefined,
  );
  const unused = () => {
    throw new Error("not part of these tests");
  };
  const ports: EffectPorts = {
    network: {
      publish: async (topic) => {
        log.push(`gossip ${topic}`);
        return "sent";
      },
      verdict: (messageId) => log.push(`verdict ${messageId}`),
      sender: (peer) => ({ peer, send: async () => undefined }),
    },
    scanQueue: { verify: unused, offer: unused },
    writer,
    diskReader: { frames: unused, records: unused, body: unused, bodies: unused, loadTask: unused },
    signer: { control: unused, request: unused, checkProof: unused },
    own: { alert: unused, voteAlert: unused, certificate: unused, scores: unused },
    step: unused,
    castVote: unused,
    ownKeyElsewhere: unused,
    members: unused,
    ownResult: ({ code }) => log.push(`own ${code ?? "stored"}`),
    notify: ({ sequence }) => log.push(`notify ${sequence}`),
    unknownAuthor: (author) => log.push(`unknown ${author}`),
    peerClock: (peer) => log.push(`clock ${peer}`),
    ownEquivocation: (author) => log.push(`own equivocation ${author}`),
    count: () => undefined,
    engineCount: () => undefined,
    log: () => undefined,
    failed: (what) => log.push(`failed ${what}`),
  };
  const disk = async (): Promise<void> => {
    asked.shift()?.finish();
    await settled();
  };
  return { runner: new EffectRunner(ports), ports, log, disk };
}

const stored = (sequence: number, sync: boolean): EngineEffect[] => [
  { kind: "persist", writes: [{ kind: "put_event", event: storedEvent(sequence) }], sync },
  { kind: "notify", event: storedEvent(sequence) },
];
const gossip: EngineEffect = { kind: "gossip", topic: "t", bundle: new Uint8Array(1) };
const ownResult: EngineEffect = { kind: "own_result", batch: 1, recordId: "", code: undefined };

describe("EffectRunner", () => {
  it("Events are emitted after their write, and in one sequence.", async () => {
    const { runner, log, disk } = rig();
    runner.run(stored(1, false));
    runner.run(stored(2, true));
    runner.run(stored(3, false));
    await settled();
    expect(log).toEqual([]);
    for (let i = 0; i < 2; i++) await disk();
    // The two that wait for the first are one write.
    expect(log).toEqual(["disk false", "notify 1", "disk true", "notify 2", "notify 3"]);
  });

  it("The result and the gossip of an own record wait for the sync, even if its bundle is due earlier.", async () => {
    const { runner, log, disk } = rig();
    runner.run([...stored(1, true), ownResult]);
    runner.run([gossip]);
    await settled();
    expect(log).toEqual([]);
    await disk();
    expect(log).toEqual(["disk true", "notify 1", "own stored", "gossip t"]);
    runner.run([gossip]);
    expect(log.at(-1)).toBe("gossip t");
    expect(log.length).toBe(5);
  });

  it("The chain is asked about unknown authors.", () => {
    const { runner, log } = rig();
    runner.run([{ kind: "unknown_author", author: "x" }]);
    expect(log).toEqual(["unknown x"]);
  });

  it("Gossip verdicts do not wait for the disk.", () => {
    const { runner, log } = rig();
    runner.run(stored(1, true));
    runner.run([
      ...stored(2, false),
      { kind: "verdict", messageId: "m", peer: "p", acceptance: "accept", code: undefined },
    ]);
    expect(log).toEqual(["verdict m"]);
  });

  it("A stop on a disk that refuses answers the caller and sends nothing to peers and subscribers.", async () => {
    const { ports, log } = rig();
    const writer = new StoreWriter({ apply: () => Promise.reject(new Error("no space left")) }, () => undefined);
    const runner = new EffectRunner({ ...ports, writer });
    runner.run([...stored(1, true), ownResult]);
    runner.run([gossip]);
    await writer.stop();
    await settled();
    expect(log).toEqual(["failed persist", "own storage_failed"]);
  });

  it("A record that can't be encoded fails for its caller, and the next write follows.", async () => {
    const { ports, log } = rig();
    const bad = new NetworkError("value_out_of_range", "can't be encoded");
    let refuse = true;
    const writer = new StoreWriter(
      { apply: () => (refuse ? Promise.reject(bad) : Promise.resolve()) },
      () => undefined,
    );
    const runner = new EffectRunner({ ...ports, writer });
    runner.run([...stored(1, true), ownResult]);
    await settled();
    refuse = false;
    runner.run([...stored(2, true), ownResult]);
    await settled();
    expect(log).toEqual(["failed persist", "own value_out_of_range", "notify 2", "own stored"]);
  });

  it("A kernel that fails on a body proof ends the request without a charge to the peer.", async () => {
    const { ports } = rig();
    const events: EngineEvent[] = [];
    const signer = { ...ports.signer, checkProof: () => Promise.reject(new Error("closed")) };
    const runner = new EffectRunner({ ...ports, signer, step: (event) => events.push(event) });
    runner.run([{ kind: "check_proof", peer: "p", requestId: "r", author: "a", hash: "h", proof: "s" }]);
    await settled();
    expect(events).toEqual([{ kind: "served", peer: "p", requestId: "r", items: 0, bytes: 0, ok: false }]);
  });

  it("Only messages that were written to a peer count as sent.", async () => {
    const { ports } = rig();
    const counted: string[] = [];
    const count: EffectPorts["count"] = (name, label, value) => counted.push(`${name} ${label} ${value}`);
    const gone = (): Promise<never> => Promise.reject(new NetworkError("peer_gone", "no connection"));
    const toNobody = (peer: string) => ({ peer, send: gone });
    const signer = {
      ...ports.signer,
      control: async () => new Uint8Array(144),
      request: async (_peer: string, request: SyncRequest) => request,
    };
    const request: SyncRequest = { kind: "list", requestId: "0".repeat(32), hash: "0".repeat(64) };
    const effects: EngineEffect[] = [
      gossip,
      { kind: "send_request", peer: "p", request },
      { kind: "send_response", peer: "p", requestId: request.requestId, status: "ok", items: 0, bytes: 0 },
    ];
    const networks: EffectPorts["network"][] = [
      { ...ports.network, publish: async () => "sent" },
      { ...ports.network, publish: async () => "no_peers", sender: toNobody },
      { ...ports.network, publish: gone, sender: toNobody },
    ];
    for (const network of networks) {
      new EffectRunner({ ...ports, network, signer, count }).run(effects);
      await settled();
    }
    expect(counted.sort()).toEqual([
      "bundles_out failed 1",
      "bundles_out no_peers 1",
      "bundles_out sent 1",
      "requests_out failed 1",
      "requests_out failed 1",
      "requests_out list 1",
      "responses_out failed 1",
      "responses_out failed 1",
      "responses_out ok 1",
    ]);
  });

  it("A frame that is signed, read or held back goes to the connection that the peer had, not to a later one.", async () => {
    const { ports, disk, log } = rig();
    let connection = 1;
    const sender = (peer: string) => {
      const at = connection;
      return { peer, send: async () => void log.push(`sent on ${at}`) };
    };
    const signer = {
      ...ports.signer,
      control: async () => {
        await settled();
        return new Uint8Array(144);
      },
      request: async (_peer: string, request: SyncRequest) => request,
    };
    const body: EffectPorts["diskReader"]["body"] = ({ send }) => void settled().then(() => send(new Uint8Array(1)));
    const diskReader = { ...ports.diskReader, body };
    const runner = new EffectRunner({ ...ports, network: { ...ports.network, sender }, signer, diskReader });
    const requestId = "0".repeat(32);
    const effects: EngineEffect[] = [
      { kind: "send_request", peer: "p", request: { kind: "list", requestId, hash: "0".repeat(64) } },
      { kind: "send_response", peer: "p", requestId, status: "ok", items: 0, bytes: 0 },
      { kind: "serve_body", peer: "p", requestId, hash: "0".repeat(64) },
    ];
    runner.run([...effects, ...stored(1, true), ...effects]);
    connection = 2;
    for (let i = 0; i < 5; i++) await settled();
    await disk();
    for (let i = 0; i < 5; i++) await settled();
    expect(log.filter((line) => line.startsWith("sent"))).toEqual(Array.from({ length: 6 }, () => "sent on 1"));
  });

  it("A bundle whose record the disk refused counts as not stored.", async () => {
    const { ports } = rig();
    const counted: string[] = [];
    const count: EffectPorts["count"] = (name, label) => counted.push(`${name} ${label}`);
    const writer = new StoreWriter({ apply: () => Promise.reject(new Error("no space left")) }, () => undefined);
    const runner = new EffectRunner({ ...ports, writer, count });
    runner.run([...stored(1, true), ownResult]);
    runner.run([gossip]);
    await writer.stop();
    await settled();
    expect(counted).toEqual(["bundles_out not_stored"]);
  });
});
