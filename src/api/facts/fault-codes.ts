/**
 * The closed list of faults that last, by component and code. A new fault gets its row here first: the labels of the
 * metric, the types and docs/api.md follow from this table.
 */
import type { HealthComponent, HealthStatus } from "./health-components.js";

/** The status of a fault is never "ok". */
export type FaultStatus = Exclude<HealthStatus, "ok">;

/** The default text of a fault; its reporter may give a more exact one. */
export interface FaultRow {
  readonly status: FaultStatus;
  /** The fault, for a person. */
  readonly text: string;
  /** What a person can do; undefined if the only thing to do is to wait. */
  readonly cure?: string;
  /**
   * A log line is written only after this time, because the fault often ends by itself. Health shows it at once.
   * Default 0.
   */
  readonly graceMs?: number;
}

const SPACE = "free at least 32 MiB on the file system of the data directory; the node then continues by itself";
const SECONDS = 1000;

export const FAULTS = {
  storage: {
    disk_full: { status: "failed", text: "the disk is full: nothing can be stored", cure: SPACE },
    low_space: { status: "degraded", text: "the disk is nearly full", cure: SPACE },
    write_failed: {
      status: "failed",
      text: "the disk refuses writes",
      cure: "check whether the file system is mounted read-only or reports errors; the node retries by itself",
    },
    writes_late: {
      status: "degraded",
      text: "records wait for the disk",
      cure: "look for other load on the drive and for disk errors in the system log; the node takes fewer records meanwhile",
    },
    read_failed: {
      status: "degraded",
      text: "the database could not be read",
      cure: "look for disk errors in the system log; stop the node and run tos-ai-sync check",
    },
    damaged_values: {
      status: "degraded",
      text: "values in the database are damaged; they are skipped and requested from peers again",
      cure: "look for disk errors in the system log; stop the node and run tos-ai-sync check",
    },
  },
  network: {
    not_listening: {
      status: "failed",
      text: "the node listens on no address",
      cure: "check the option listen against the addresses of this machine, then restart",
    },
    no_peers: { status: "degraded", text: "no peer is connected", graceMs: 30 * SECONDS },
    isolated: { status: "degraded", text: "the node has lost contact with the network", graceMs: 30 * SECONDS },
    bootstrap_unreachable: {
      status: "degraded",
      text: "no bootstrap address can be reached",
      cure: "check the addresses of the option bootstrap, the firewall and that these nodes run",
      graceMs: 10 * SECONDS,
    },
    address_gone: {
      status: "degraded",
      text: "this machine no longer has an address that the node listens on",
      cure: "restore the address, or restart the node with another address in the option listen",
    },
    loopback_only: {
      status: "degraded",
      text: "the node listens on loopback only: peers on other machines cannot connect to it",
      cure: "start with the option listen /ip4/0.0.0.0/tcp/2135",
    },
    wrong_network_peers: {
      status: "degraded",
      text: "the peers that answer belong to another network",
      cure:
        "check the option bootstrap, the option network, the option networkName, the option rulesFile and the " +
        "registry against theirs",
    },
    doubled_peer_key: {
      status: "degraded",
      text: "another node uses the same libp2p key",
      cure: "stop one of the two nodes; remove libp2p.key of a copied data directory before its next start",
    },
    doubled_node_key: {
      status: "degraded",
      text: "a peer uses the node key of this node: peers keep one score for both",
      cure: "stop one of the two nodes; remove keys/node of a copied data directory before its next start",
    },
    peers_refused: {
      status: "degraded",
      text: "peers sent rejected bundles: they and new peers from their addresses are refused for a while",
    },
    gossip_failed: { status: "degraded", text: "messages of this node could not be handed to gossip" },
  },
  task_processing: {
    set_full: { status: "degraded", text: "the record budget is used up: no new record is admitted" },
  },
  validation: {
    queue_full: { status: "degraded", text: "more arrives than can be verified", graceMs: 5 * SECONDS },
  },
  kernel: {
    slow: {
      status: "degraded",
      text: "the reference kernel runs, far slower than native (npm run bench:kernel)",
      cure: "run tos-ai-sync doctor: it shows why no faster kernel runs",
    },
    failing: {
      status: "failed",
      text: "the kernel failed to verify received messages",
      cure: "restart the node; if it happens again, run npm run kernel:verify and report it",
    },
  },
  chain: {
    not_known: {
      status: "degraded",
      text: "the chain has not reported yet who may author records",
      graceMs: 10 * SECONDS,
    },
    unreachable: {
      status: "degraded",
      text: "the chain's node cannot be reached",
      cure: "start the daemon, or check the address in the option daemon",
      graceMs: 3 * SECONDS,
    },
    stalled: {
      status: "degraded",
      text: "the chain's node answers, but its chain does not advance",
      cure: "check that the daemon has peers and is in sync",
      graceMs: 3 * SECONDS,
    },
    wrong_network: {
      status: "failed",
      text: "the chain's node serves another network",
      cure: "name the daemon of this network with the option daemon, or use another data directory",
    },
    bad_answers: {
      status: "degraded",
      text: "the chain's node gives answers that cannot be used",
      cure: "check the daemon's version and its log",
      graceMs: 3 * SECONDS,
    },
    pruned: {
      status: "degraded",
      text: "the chain's node has pruned blocks that are needed",
      cure: "use a daemon that keeps the whole chain, or start beside one that followed it from the beginning",
    },
    registry_differs: {
      status: "degraded",
      text: "peers on the same chain count other registrations than this node",
      cure: "the node reads its chain again; if it still differs, compare registry digests (tos-ai-sync peers)",
    },
    roster_differs: {
      status: "degraded",
      text: "peers count votes under another roster than this node",
      cure: "give all nodes the same roster file (option rosterFile); tos-ai-sync peers names the peers that differ",
    },
    memory_failed: {
      status: "degraded",
      text: "the registry data of the chain could not be stored on disk",
      cure: SPACE,
    },
  },
  signing: {
    store_refused: {
      status: "failed",
      text: "the signing log cannot be written: own records are refused",
      cure: SPACE,
    },
    key_equivocated: {
      status: "failed",
      text: "a key of this node has signed two records in one slot: another node signs with a copy of it",
      cure: "stop the other node; make a new key with tos-ai-sync key new",
    },
    key_used_elsewhere: {
      status: "failed",
      text: "a record has the signature of a key of this node, but this node did not make it",
      cure: "stop the other node; make a new key with tos-ai-sync key new",
    },
    key_waits: { status: "degraded", text: "a key of this node does not sign yet" },
    votes_wait: {
      status: "degraded",
      text: "own roster members do not vote yet",
      graceMs: 60 * SECONDS,
    },
    signer_away: {
      status: "degraded",
      text: "the program that holds the keys does not sign",
      cure: "check the program that hosts this node",
    },
  },
  sync: {
    catching_up: { status: "degraded", text: "the node is catching up with its peers", graceMs: 60 * SECONDS },
    bodies_missing: {
      status: "degraded",
      text: "bodies of records are missing",
      cure: "connect to a peer that holds them: name it with the option bootstrap",
      graceMs: 60 * SECONDS,
    },
  },
  clock: {
    clock_off: {
      status: "degraded",
      text: "the clock of this machine differs from those of the peers",
      cure: "set the clock with NTP (timedatectl set-ntp true)",
    },
    clock_unset: {
      status: "failed",
      text: "this machine's clock shows a time before this program was built: own records are refused",
      cure: "set the clock with NTP (timedatectl set-ntp true)",
    },
  },
  log: {
    lines_lost: {
      status: "degraded",
      text: "log lines could not be written and are lost",
      cure: "free space where standard error is written to",
    },
  },
  api: {
    connections_full: {
      status: "degraded",
      text: "all places for API connections are taken: new ones are refused",
      cure: "find the program that holds connections open",
    },
  },
} as const satisfies Readonly<Record<HealthComponent, Readonly<Record<string, FaultRow>>>>;

export type FaultCode<C extends HealthComponent = HealthComponent> = C extends HealthComponent
  ? keyof (typeof FAULTS)[C] & string
  : never;

/** More exact texts of a reporter. An undefined member keeps the table's text. */
export interface FaultDetail {
  readonly status?: FaultStatus | undefined;
  readonly text?: string | undefined;
  readonly cure?: string | undefined;
  /**
   * The fault ends by itself this long after it was last raised: for faults that only single failures show. Default: it
   * lasts until it is cleared.
   */
  readonly lastsMs?: number | undefined;
}

/** A report of a fault by the part that has it. */
export type FaultReport = {
  [C in HealthComponent]: { readonly component: C; readonly code: FaultCode<C> } & FaultDetail;
}[HealthComponent];

/** The name of a fault, without details. */
export type FaultName = { [C in HealthComponent]: [component: C, code: FaultCode<C>] }[HealthComponent];

/** Takes the reports of faults. */
export interface FaultSink {
  /** Begins a fault, or updates a fault that lasts. Cheap if nothing changed. */
  raise(report: FaultReport): void;
  /** Ends a fault. Without such a fault it does nothing. */
  clear(...name: FaultName): void;
}

/** A condition that the board polls twice a second and for each health request. It is O(1) and never throws. */
export type FaultWatch = {
  [C in HealthComponent]: {
    readonly component: C;
    readonly code: FaultCode<C>;
    /** True or more exact texts while the fault lasts; else false or undefined. */
    readonly active: () => boolean | FaultDetail | undefined;
  };
}[HealthComponent];

/** A lasting fault, for people and programs. */
export interface ActiveFault {
  readonly component: HealthComponent;
  readonly code: FaultCode;
  readonly status: FaultStatus;
  readonly text: string;
  readonly cure: string | undefined;
  /** Unix seconds. */
  readonly sinceSeconds: number;
}

/** Every fault with its row. */
export const FAULT_ROWS: readonly (readonly [component: HealthComponent, code: FaultCode, row: FaultRow])[] =
  Object.entries(FAULTS).flatMap(([component, rows]) =>
    Object.entries(rows).map(([code, row]) => [component as HealthComponent, code as FaultCode, row] as const),
  );

/** The label of a fault in `tos_ai_sync_standing_faults_total`. */
export type FaultLabel = { [C in HealthComponent]: `${C}_${FaultCode<C>}` }[HealthComponent];

export function faultLabel(component: HealthComponent, code: FaultCode): FaultLabel {
  return `${component}_${code}` as FaultLabel;
}
