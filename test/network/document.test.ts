import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as constants from "../../src/network/constants.js";

/** Each row of the table of limits in docs/protocol.md, section 15, and the number that the code uses. */
const LIMITS: readonly (readonly [string, number])[] = [
  ["streams of other protocols held until hello, each connection", constants.HELD_STREAMS_MAX],
  ["streams of each direction on a connection", constants.STREAMS_PER_CONNECTION],
  ["connections", constants.MAX_CONNECTIONS],
  ["new connections from one host in a second", constants.INBOUND_CONNECTIONS_PER_SECOND],
  ["seconds for a hello, from the connection on", constants.HELLO_TIMEOUT_MS / 1000],
  ["bytes of a stream that its reader has not taken", constants.STREAM_WINDOW_BYTES],
  ["frames that wait for one peer", constants.SEND_QUEUE_FRAMES],
  ["bytes of frames that wait for one peer", constants.SEND_QUEUE_BYTES],
  ["bytes of a gossip frame", constants.GOSSIP_FRAME_BYTES],
  ["messages, and ids in IHAVE and in IWANT, of a gossip frame", constants.GOSSIP_IDS_MAX],
  ["control entries of each kind in a gossip frame", constants.GOSSIP_CONTROL_MAX],
  ["subscriptions in a gossip frame", constants.GOSSIP_SUBSCRIPTIONS_MAX],
  ["seconds for which a ready peer may be without a gossip stream", constants.GOSSIP_STREAM_MISSING_MS / 1000],
  [
    "subscriptions, GRAFT and PRUNE of a peer at once, each topic of the receiver",
    constants.GOSSIP_TOPIC_ENTRIES_BURST,
  ],
  ["and more of them in each second after, each topic", constants.GOSSIP_TOPIC_ENTRIES_PER_SECOND],
  [
    "seconds after hello in which a ready peer must have opened its sync stream",
    constants.SYNC_STREAM_MISSING_MS / 1000,
  ],
  ["seconds in which a sync stream that ended must be followed by another", constants.SYNC_REOPEN_MS / 1000],
];

test("the protocol document states the limits that the network enforces", () => {
  const text = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
  const table = text.split("| limit | number | what happens beyond it |")[1]?.split("\n\n")[0] ?? "";
  const rows = [...table.matchAll(/^\| ([^|]+) \| (\d+) \|/gm)].map(([, name, number]) => [name, Number(number)]);
  expect(rows).toEqual(LIMITS);
  expect(constants.MAX_CONNECTIONS * constants.INBOUND_SHARE).toBe(48);
});
