import type { FaultDetail, FaultWatch } from "../../api/index.js";
import type { Engine } from "../../engine/index.js";
import type { LoadedKernel } from "../../kernel/index.js";
import type { Network } from "../../network/index.js";
import type { RecordStore } from "../../storage/index.js";
import type { ScanQueue } from "../inbound/index.js";
import type { StoreWriter } from "../outbound/index.js";

export interface WatchedParts {
  readonly engine: Pick<
    Engine,
    "health" | "registryFault" | "rosterFault" | "votesHeldBack" | "missing" | "recordCount"
  >;
  readonly network: Pick<Network, "addresses" | "reach" | "readyAddressOf" | "refusing">;
  /** Hex. */
  readonly nodeKey: string;
  readonly scanQueue: Pick<ScanQueue, "full">;
  readonly kernel: LoadedKernel;
  readonly store: Pick<RecordStore, "losses">;
  readonly writer: Pick<StoreWriter, "lateMs" | "pendingBytes" | "failing">;
}

/** Conditions of the parts that the fault board polls; each costs O(1). */
export function faultWatches({
  engine,
  network,
  scanQueue,
  kernel,
  store,
  writer,
  nodeKey,
}: WatchedParts): readonly FaultWatch[] {
  return [
    { component: "storage", code: "damaged_values", active: () => damagedValues(store) },
    { component: "storage", code: "writes_late", active: () => writesLate(writer) },
    { component: "network", code: "not_listening", active: () => network.addresses().length === 0 },
    ...reachWatches(network.reach),
    doubledNodeKey(network, nodeKey),
    { component: "network", code: "peers_refused", active: () => network.refusing > 0 },
    { component: "task_processing", code: "set_full", active: () => engine.health().setFull },
    { component: "sync", code: "catching_up", active: () => catchingUp(engine) },
    { component: "sync", code: "bodies_missing", active: () => bodiesMissing(engine) },
    { component: "validation", code: "queue_full", active: () => scanQueue.full },
    { component: "kernel", code: "slow", active: () => kernel.kernel.backend === "reference" },
    { component: "chain", code: "not_known", active: () => !engine.health().chainKnown },
    { component: "chain", code: "registry_differs", active: () => differs(engine) },
    { component: "chain", code: "roster_differs", active: () => rosterDiffers(engine) },
    { component: "signing", code: "votes_wait", active: () => votesWait(engine) },
  ];
}

/** A disk that refuses writes is another fault. */
function writesLate({ lateMs, pendingBytes, failing }: WatchedParts["writer"]): FaultDetail | undefined {
  if (failing || lateMs === 0) return undefined;
  const mib = (pendingBytes / (1024 * 1024)).toFixed(1);
  return { text: `${mib} MiB of records wait for the disk, the oldest for ${Math.floor(lateMs / 1000)} s` };
}

/** Active while a ready peer uses `nodeKey`, the node key of this node, hex. */
function doubledNodeKey(network: Pick<Network, "readyAddressOf">, nodeKey: string): FaultWatch {
  return {
    component: "network",
    code: "doubled_node_key",
    active: () => {
      const address = network.readyAddressOf(nodeKey);
      return address === undefined ? undefined : { text: `the peer at ${address} uses the node key of this node` };
    },
  };
}

/** One peer may lie. A majority that differs shows a fault at this node or at the peers. */
function differs(engine: WatchedParts["engine"]): FaultDetail | undefined {
  const found = engine.registryFault();
  if (found === undefined) return undefined;
  return {
    text:
      `${found.differing} of ${found.comparable} peers have another registry than this node at the same chain time: ` +
      "the node exchanges records with them and does not compare sets",
  };
}

function rosterDiffers(engine: WatchedParts["engine"]): FaultDetail | undefined {
  const found = engine.rosterFault();
  if (found === undefined) return undefined;
  return {
    text:
      `${found.differing} of ${found.comparable} peers with a roster have another one than this node: ` +
      "their votes and certificates do not count here, and those of this node do not count there",
  };
}

function votesWait(engine: WatchedParts["engine"]): FaultDetail | undefined {
  switch (engine.votesHeldBack()) {
    case undefined:
      return undefined;
    case "no_peer":
      return {
        text: "this node does not vote: no peer has been connected that would repeat the votes of another node with its keys",
        cure: "connect a peer: name it with the option bootstrap",
      };
    case "listens":
      return { text: "this node does not vote yet: it listens whether another node votes with its keys" };
  }
}

/** From this many waiting bodies the node is catching up. New records alone leave fewer bodies waiting. */
const MANY_BODIES = 64;

function catchingUp(engine: WatchedParts["engine"]): FaultDetail | undefined {
  const { recordCount } = engine;
  const { records, bodies } = engine.missing();
  const waiting = bodies.missing - bodies.unavailable - bodies.late;
  if (records === 0 && waiting < MANY_BODIES) return undefined;
  return {
    text:
      `the node is catching up: it holds ${recordCount} of ${recordCount + records} records, and ` +
      `${bodies.missing - bodies.unavailable} bodies are still missing`,
  };
}

function bodiesMissing(engine: WatchedParts["engine"]): FaultDetail | undefined {
  const { bodies } = engine.missing();
  if (bodies.late === 0) return undefined;
  const many = bodies.late === 1 ? "a body is" : `${bodies.late} bodies are`;
  return { text: `${many} missing: the peers did not deliver on request; the node asks again` };
}

/** The number of damaged values, and the first of them. */
const REBUILD =
  "look for disk errors in the system log; restart the node: it rebuilds its database without what is damaged, " +
  "for which it needs room for a copy";

function damagedValues({ losses }: WatchedParts["store"]): FaultDetail | undefined {
  const [first] = losses.named;
  if (first === undefined) return undefined;
  const values = losses.count === 1 ? "a value" : `${losses.count} values`;
  return {
    text:
      `${values} of the database can't be read; the node asks peers for the records and bodies again. ` +
      `The first: ${first.at}: ${first.reason}`,
    ...(losses.unreadable ? { cure: REBUILD } : {}),
  };
}

const ISOLATION_CODES = ["no_peers", "isolated", "bootstrap_unreachable", "wrong_network_peers"] as const;

/** Whether this node has peers, and whether others can connect to it. */
function reachWatches(reach: Network["reach"]): readonly FaultWatch[] {
  const isolation = ISOLATION_CODES.map(
    (code): FaultWatch => ({
      component: "network",
      code,
      active: () => {
        const found = reach.isolation;
        if (found?.code !== code) return undefined;
        return { text: found.text, ...(found.cure === undefined ? {} : { cure: found.cure }) };
      },
    }),
  );
  return [
    ...isolation,
    {
      component: "network",
      code: "doubled_peer_key",
      active: () => (reach.doubledPeerId === undefined ? undefined : { text: reach.doubledPeerId }),
    },
    { component: "network", code: "loopback_only", active: () => reach.loopbackOnly },
    {
      component: "network",
      code: "address_gone",
      active: () =>
        reach.gone.length === 0
          ? undefined
          : { text: `this machine no longer has an address that the node listens on: ${reach.gone.join(", ")}` },
    },
  ];
}
