import { Random } from "../world/random.js";
import type { World } from "../world/world.js";
import { Crowd } from "./crowd.js";
import { byzantineOf } from "./draw.js";

/** The byzantine peers of a world. They have a generator of their own. */
export function crowdOf(world: World): Crowd {
  const { schedule, parts, identity, options, nodes } = world;
  const ports = {
    schedule,
    net: parts.net,
    identity,
    bootstrap: nodes.map(({ name }) => parts.multiaddr(name)),
    half: (peer: string) => (Number(parts.net.nameOf(peer)?.slice(1) ?? 0) % 2 === 0 ? (0 as const) : (1 as const)),
    register: (key: string) => world.chain?.register([key]),
    log: (name: string, text: string) => world.trace.add(name, world.atSeconds, text),
    background: world.background,
  };
  return new Crowd(ports, byzantineOf(options), nodes.length, new Random(options.seed).fork("crowd"));
}
