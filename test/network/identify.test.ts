import { publicKeyFromProtobuf } from "@libp2p/crypto/keys";
import { type GossipSub, type GossipSubComponents, gossipsub, StrictNoSign } from "@libp2p/gossipsub";
import { type Connection, type Stream, serviceCapabilities } from "@libp2p/interface";
import { expect, it } from "vitest";
import { bytesOf, startNode, TOPIC, textOf } from "../support/network-nodes.js";
import { RawPeer } from "../support/raw-peer.js";

const IDENTIFY = "/ipfs/id/1.0.0";
const PUBLIC_KEY = 1;
const PROTOCOLS = 3;

/** The answer of a peer to identify: bytes by field number, in order. */
async function identify(connection: Connection): Promise<Map<number, Uint8Array[]>> {
  const stream: Stream = await connection.newStream(IDENTIFY);
  const parts: Uint8Array[] = [];
  stream.addEventListener("message", ({ data }) => parts.push(data.subarray()));
  await expect.poll(() => stream.readableEnded).toBe(true);
  const bytes = Buffer.concat(parts);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  expect(varint()).toBe(bytes.length - at);
  const fields = new Map<number, Uint8Array[]>();
  while (at < bytes.length) {
    const tag = varint();
    expect(tag & 7).toBe(2);
    const length = varint();
    fields.set(tag >>> 3, [...(fields.get(tag >>> 3) ?? []), bytes.subarray(at, at + length)]);
    at += length;
  }
  return fields;
}

it("identify contains the libp2p key and the protocols before hello, and nothing else", async () => {
  const a = await startNode();
  const raw = await RawPeer.connect(a);
  const fields = await identify(raw.connection);
  expect([...fields.keys()].sort()).toEqual([PUBLIC_KEY, PROTOCOLS]);
  const [key = new Uint8Array()] = fields.get(PUBLIC_KEY) ?? [];
  expect(publicKeyFromProtobuf(key).toCID().toString()).toBe(raw.connection.remotePeer.toCID().toString());
  expect(fields.get(PROTOCOLS)?.map(textOf).sort()).toEqual([
    IDENTIFY,
    "/meshsub/1.0.0",
    "/meshsub/1.1.0",
    "/meshsub/1.2.0",
    "/tos-ai/hello/1",
    "/tos-ai/peers/1",
    "/tos-ai/sync/1",
  ]);
  expect(a.network.peers()).toMatchObject([{ state: "connecting" }]);
  expect(await raw.hello()).toMatchObject({ kind: "ready" });
});

it("a stock gossipsub that learns of peers by identify exchanges bundles after hello, and nothing before", async () => {
  const a = await startNode();
  let gossip: GossipSub | undefined;
  let events: EventTarget | undefined;
  const raw = await RawPeer.connect(a, {
    services: {
      identify: () => ({ [serviceCapabilities]: ["@libp2p/identify"] }),
      gossip: (components: GossipSubComponents & { readonly events: EventTarget }) => {
        events = components.events;
        gossip = gossipsub({ globalSignaturePolicy: StrictNoSign })(components);
        return gossip;
      },
    },
  });
  gossip?.subscribe(TOPIC);
  const received: string[] = [];
  gossip?.addEventListener("message", ({ detail }) => received.push(textOf(detail.data)));
  const { connection } = raw;
  const protocols = (await identify(connection)).get(PROTOCOLS)?.map(textOf) ?? [];
  // The identify service of the library stores an answer in this way.
  const detail = { peerId: connection.remotePeer, connection, protocols, listenAddrs: [] };
  events?.dispatchEvent(new CustomEvent("peer:identify", { detail }));
  await a.seen.until("its gossip stream", () => a.network.sizes().heldStreams === 1);
  expect(gossip?.getSubscribers(TOPIC)).toEqual([]);

  expect(await raw.hello()).toMatchObject({ kind: "ready" });
  await raw.open("/tos-ai/sync/1");
  await a.seen.until("its subscription", () => a.seen.subscribed.length === 1);
  await a.seen.until("the node's subscription", () => gossip?.getSubscribers(TOPIC).length === 1);
  await gossip?.publish(TOPIC, bytesOf("from a stock library"));
  await a.seen.until("its bundle", () => a.seen.gossip.length === 1);
  expect(textOf(a.seen.gossip[0]?.bytes)).toBe("from a stock library");
  await a.network.publish(TOPIC, bytesOf("to a stock library"));
  await a.seen.until("the bundle there", () => received.includes("to a stock library"));
});
