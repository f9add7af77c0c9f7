import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressScope, claimedAddresses, worthTrying } from "../../src/network/addresses/address-scope.js";
import { newPeer } from "../support/network-nodes.js";

describe("addresses", () => {
  it("each address has a scope", () => {
    const scopes = {
      "/ip4/127.0.0.1/tcp/1": "loopback",
      "/ip6/::1/tcp/1": "loopback",
      "/ip4/10.1.2.3/tcp/1": "private",
      "/ip4/192.168.0.1/tcp/1": "private",
      "/ip4/169.254.169.254/tcp/80": "private",
      "/ip6/fd00::1/tcp/1": "private",
      "/ip4/8.8.8.8/tcp/1": "public",
      "/ip6/2a00::1/tcp/1": "public",
      "/ip4/0.0.0.0/tcp/1": "none",
      "/ip4/224.0.0.1/tcp/1": "none",
      "/ip6/::ffff:10.0.0.1/tcp/1": "none",
      "/dns4/example.org/tcp/1": "name",
      "/ip4/8.8.8.8/udp/1": "none",
      "/ip4/8.8.8.8/tcp/1/ws": "none",
      "not an address": "none",
    };
    for (const [text, scope] of Object.entries(scopes)) expect([text, addressScope(text)]).toEqual([text, scope]);
  });

  it("addresses from a peer have no narrower scope than the peer itself", () => {
    const order = ["loopback", "private", "public"] as const;
    for (const teller of order) {
      for (const known of order) {
        const allowed = teller === "loopback" ? known === "loopback" : order.indexOf(known) >= order.indexOf(teller);
        expect([teller, known, worthTrying(known, teller)]).toEqual([teller, known, allowed]);
      }
      expect(worthTrying("name", teller)).toBe(false);
      expect(worthTrying("none", teller)).toBe(false);
    }
  });

  it("any text is read as an address without an error", async () => {
    const peer = await newPeer();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `/ip4/${text}`),
        ),
        (text) => {
          expect(claimedAddresses(peer, [text], "public").length).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it("addresses that a peer claims for another peer are dropped", async () => {
    const [peer, other] = [await newPeer(), await newPeer()];
    const claimed = [`/ip4/8.8.8.8/tcp/1/p2p/${other}`, "/ip4/8.8.4.4/tcp/2", "/ip4/10.0.0.1/tcp/3"];
    expect(claimedAddresses(peer, claimed, "public")).toEqual([`/ip4/8.8.4.4/tcp/2/p2p/${peer}`]);
  });
});
