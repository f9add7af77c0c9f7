import { generateKeyPair } from "@libp2p/crypto/keys";
import type { Connection } from "@libp2p/interface";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { expect, test } from "vitest";
import { Session } from "../../src/network/sessions/session.js";
import { SessionTable } from "../../src/network/sessions/session-table.js";

test("a peer is connected until the last of its connections has closed", async () => {
  const remotePeer = peerIdFromPrivateKey(await generateKeyPair("Ed25519"));
  const session = (id: string) => new Session({ id, remotePeer, direction: "inbound" } as Connection, 0);
  const table = new SessionTable();
  const [first, second] = [session("first"), session("second")];
  const { peer } = first;
  expect(table.isConnected(peer)).toBe(false);
  table.add(first);
  table.add(second);
  table.delete(first);
  table.delete(first);
  expect([table.isConnected(peer), table.get("first"), table.size]).toEqual([true, undefined, 1]);
  table.delete(second);
  expect([table.isConnected(peer), [...table.all()]]).toEqual([false, []]);
});
