import type { NetworkInterfaceInfo } from "node:os";
import { platform } from "./ambient.js";

/** The interfaces of the node that asks: loopback and its address in the simulated network. */
export function networkInterfaces(): NodeJS.Dict<NetworkInterfaceInfo[]> {
  const { net, schedule } = platform();
  const ip = net.ipOf(schedule.life?.name ?? "");
  const info = (address: string, internal: boolean, prefix: number): NetworkInterfaceInfo => ({
    ...{ family: "IPv4", address, internal, mac: "00:00:00:00:00:00" },
    ...{ netmask: internal ? "255.0.0.0" : "255.255.255.0", cidr: `${address}/${prefix}` },
  });
  return { lo: [info("127.0.0.1", true, 8)], ...(ip === undefined ? {} : { eth0: [info(ip, false, 24)] }) };
}
