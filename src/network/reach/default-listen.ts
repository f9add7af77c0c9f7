import { networkInterfaces } from "node:os";
import { P2P_PORT } from "../constants.js";
import { isElsewhere } from "./reach.js";

const LOOPBACK = `/ip4/127.0.0.1/tcp/${P2P_PORT}`;

/**
 * Where a node listens that was not told: on loopback while all it is to join by is on this machine, else on every
 * interface, since whoever joins others over a network and cannot be dialled makes a star of it.
 */
export function defaultListen(bootstrap: readonly string[]): readonly string[] {
  if (!bootstrap.some(isElsewhere)) return [LOOPBACK];
  const hasIpv6 = Object.values(networkInterfaces()).some((entries) =>
    entries?.some(({ family }) => family === "IPv6"),
  );
  return [`/ip4/0.0.0.0/tcp/${P2P_PORT}`, ...(hasIpv6 ? [`/ip6/::/tcp/${P2P_PORT}`] : [])];
}
