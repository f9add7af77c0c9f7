import { networkInterfaces } from "node:os";
import { P2P_PORT } from "../constants.js";
import { isElsewhere } from "./reach.js";

const LOOPBACK = `/ip4/127.0.0.1/tcp/${P2P_PORT}`;

/**
 * The default listen addresses: loopback while all bootstrap addresses are on this machine, else every interface. A
 * node that peers can't dial would make the network a star.
 */
export function defaultListen(bootstrap: readonly string[]): readonly string[] {
  if (!bootstrap.some(isElsewhere)) return [LOOPBACK];
  const hasIpv6 = Object.values(networkInterfaces()).some((entries) =>
    entries?.some(({ family }) => family === "IPv6"),
  );
  return [`/ip4/0.0.0.0/tcp/${P2P_PORT}`, ...(hasIpv6 ? [`/ip6/::/tcp/${P2P_PORT}`] : [])];
}
