import type { NodeControl } from "../../../src/api/index.js";
import type { ChainFacts } from "../../../src/engine/index.js";
import type { LoadedKernel } from "../../../src/kernel/index.js";
import type { NetworkIdentity } from "../../../src/protocol/rules.js";
import type { KeyStore } from "../../../src/storage/types.js";
import type { NodeChain } from "../chain/node-chain.js";
import type { Scenario } from "../scenarios/scenario.js";
import type { Life, Schedule } from "../world/schedule.js";
import type { HeldRecord } from "./held-records.js";
import type { SimNode } from "./sim-node.js";

/** What a node takes from its world. */
export interface NodeWorld {
  readonly schedule: Schedule;
  readonly identity: NetworkIdentity;
  /** Registry and rosters of nodes without a chain. */
  readonly facts: ChainFacts;
  readonly scenario: Pick<Scenario, "maxConnections">;
  kernel(node: SimNode): LoadedKernel;
  keyStore(node: SimNode, life: Life): KeyStore;
  /** Undefined: the node runs without a chain. */
  openChain(node: SimNode, life: Life): NodeChain | undefined;
  /** IP address. */
  addressOf(node: SimNode): string;
  log(node: SimNode, level: string, text: string, fields: Readonly<Record<string, unknown>> | undefined): void;
  /** The node wrote a record that it did not hold. */
  made(node: SimNode, record: HeldRecord): void;
  /** `node.state` changed. */
  changed(node: SimNode): void;
  attached(node: SimNode, control: NodeControl, life: Life): void;
  detached(node: SimNode): void;
  /** `power`: the machine lost its power, too: what was not synced may be lost. */
  lifeEnded(node: SimNode, power: boolean): void;
}
