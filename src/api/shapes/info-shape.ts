import { z } from "zod";
import { TASK_STATUSES } from "../../protocol/enumerations.js";
import { dialShape } from "./peer-shapes.js";
import { count, hex32, seconds, setState, u64Text } from "./values.js";

const reach = z.object({
  state: z.enum(["connected", "alone", "joining", "isolated"]),
  loopback_only: z.boolean(),
  advertised: z.array(z.string()).describe("addresses that peers get"),
  announced: z.array(z.object({ address: z.string(), advertised: z.array(z.string()), reason: z.string().nullable() })),
  observed: z.array(z.object({ host: z.string(), groups: count })).describe("hosts at which peers see the node"),
  bootstrap: z.array(dialShape),
});

const author = z.object({
  name: z.string(),
  key: hex32,
  address: z.string(),
  left_today: z
    .object({ tasks: count, submissions: count, validations: count })
    .describe("records that the key may still sign on this UTC day"),
  stopped: z
    .object({ reason: z.string(), text: z.string(), cure: z.string(), at: seconds })
    .nullable()
    .describe("why the key signs no more"),
});

const sync = z.object({
  in_sync: z.boolean(),
  set: setState,
  catching_up: z
    .object({
      records: count,
      target_records: count,
      records_per_second: count,
      bodies: count,
      target_bodies: count,
      bodies_per_second: count,
      seconds_left: count.nullable().describe("null while nothing comes"),
    })
    .nullable()
    .describe("counts of now, their targets, and the rates of the last half minute"),
  bodies: z.object({ held: count, missing: count, unavailable: count, withheld: count }),
  strands: z.array(z.object({ strand: z.string(), in_sync: z.boolean(), peers: count, equal_peers: count })),
  pending_tasks: count.describe("tasks that peers announced and this node does not hold yet"),
  open_requests: count,
});

const chain = z.object({
  mode: z.enum(["standalone", "daemon", "host"]),
  place: z.enum(["received", "remembered", "unknown"]),
  height: count.nullable(),
  topoheight: count.nullable(),
  stable_height: count.nullable(),
  hash: z.string().nullable(),
  timestamp: seconds.nullable(),
  trouble: z.object({ reason: z.string(), detail: z.string() }).nullable(),
});

const status = z.enum(["ok", "degraded", "failed"]);

/** `/health`. */
const health = z.object({
  status,
  components: z.record(z.string(), z.object({ status, reason: z.string().optional() })),
  faults: z.array(
    z.object({
      component: z.string(),
      code: z.string(),
      status,
      text: z.string(),
      cure: z.string().optional(),
      since: seconds,
    }),
  ),
  warnings: z.array(z.string()).optional(),
});

const clock = z.object({
  state: z.enum(["unknown", "ok", "few", "warning", "degraded"]),
  offset_seconds: z.number().nullable().describe("this machine's clock minus its peers' clocks"),
  samples: count,
  time: seconds,
  warning: z.string().nullable(),
});

/** `ai_get_network_info`. */
export const infoShape = z.object({
  version: z.string(),
  network: z.string(),
  network_name: z.string().nullable().describe("name of a standalone network"),
  genesis: hex32,
  rules: hex32.describe("digest of the network's rules"),
  node_key: hex32,
  node_address: z.string(),
  peer_id: z.string(),
  multiaddrs: z.array(z.string()),
  reach,
  kernel: z.object({ backend: z.enum(["native", "wasm", "reference"]), reason: z.string().nullable() }),
  storage: z.enum(["rocksdb", "leveldb"]),
  authors: z.array(author),
  peers: count,
  tasks: z.record(z.enum(TASK_STATUSES), count),
  records: count,
  sync,
  registry: z.object({ kind: z.enum(["everyone", "file", "chain"]), digest: hex32, time: u64Text }),
  chain,
  started_at: seconds,
  uptime_seconds: count,
  event_sequence: count.describe("sequence of the newest event; 0 before the first"),
  damaged_values: count.describe("damaged values met on the disk since the start"),
  message_cache: z.object({ seen: count, known: count, served: count }),
  health,
  clock,
});
