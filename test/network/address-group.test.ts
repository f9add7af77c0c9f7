import { describe, expect, test } from "vitest";
import { addressGroup, LOOPBACK_GROUP, UNKNOWN_GROUP } from "../../src/network/addresses/address-group.js";

const SAME: readonly (readonly [string, string, string])[] = [
  ["public IPv4 addresses of one /24", "203.0.113.7", "/ip4/203.0.113.250/tcp/9/p2p/x"],
  ["public IPv6 addresses of one /48", "2001:db8:1:2::1", "/ip6/2001:db8:1:ffff::9/tcp/1"],
  ["an IPv4 address and its mapped form", "198.51.100.4", "::ffff:198.51.100.9"],
  ["an IPv4 address and its 6to4 network", "198.51.100.4", "2002:c633:6405::1"],
  ["an IPv4 address and its NAT64 form", "198.51.100.4", "64:ff9b::198.51.100.77"],
  ["all Teredo addresses", "2001:0:1:2::1", "2001:0:9999:8888::1"],
  ["private IPv6 addresses of one /64", "fd00:1:2:3::1", "fd00:1:2:3:ffff::1"],
  ["an address with a zone and without", "fe80::1", "fe80::1%eth0"],
];

const DIFFERENT: readonly (readonly [string, string, string])[] = [
  ["public IPv4 addresses of two /24", "203.0.113.7", "203.0.114.7"],
  ["public IPv6 addresses of two /48", "2001:db8:1::1", "2001:db8:2::1"],
  ["two addresses of one private IPv4 network", "10.0.0.1", "10.0.0.2"],
  ["two private IPv6 networks", "fd00:1:2:3::1", "fd00:1:2:4::1"],
];

describe("address groups", () => {
  test.each(SAME)("%s are one group", (_name, a, b) => {
    expect(addressGroup(a)).toBe(addressGroup(b));
    expect(addressGroup(a)).not.toBe(UNKNOWN_GROUP);
  });

  test.each(DIFFERENT)("%s are two groups", (_name, a, b) => {
    expect(addressGroup(a)).not.toBe(addressGroup(b));
  });

  test("loopback addresses of both families are one group, and texts without an address are another", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"].map(addressGroup)).toEqual(
      Array(4).fill(LOOPBACK_GROUP),
    );
    const odd = ["", "/", "/dns4/example.org/tcp/1", "not an address", "/ip4/999.1.1.1/tcp/1", "/ip6/zz/tcp/1"];
    expect(odd.map(addressGroup)).toEqual(odd.map(() => UNKNOWN_GROUP));
  });
});
