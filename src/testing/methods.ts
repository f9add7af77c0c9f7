import type { AiState } from "./ai-state.js";
import type { Json } from "./daemon-json.js";
import type { FakeChain } from "./fake-chain.js";
import type { FakePeer } from "./fake-peers.js";
import { noParams, type Readers, readParams } from "./params.js";

/** `ai`: the last revision with AI mining methods; the recordings are of it. `plain`: later revisions, without them. */
export type DaemonProfile = "ai" | "plain";

/** The methods' view of the daemon. */
export interface DaemonView {
  readonly chain: FakeChain;
  readonly profile: DaemonProfile;
  /** 0 mainnet, 1 testnet, 2 stagenet, 3 devnet. */
  readonly network: number;
  readonly version: string;
  /** Undefined: P2P is switched off. */
  readonly peers: readonly FakePeer[] | undefined;
  readonly peerId: bigint;
  readonly tag: string | null;
  readonly nowMs: number;
  /** The quirk of this name. */
  readonly hidesPruning: boolean;
  ai(): AiState;
}

/** Throws an RpcFault for an error object, a Misbehaviour for a broken answer. */
export type Method = (view: DaemonView, params: Json | undefined) => Json;

export function withParams<T>(readers: Readers<T>, run: (view: DaemonView, params: T) => Json): Method {
  return (view, params) => run(view, readParams(params, readers));
}

export function withoutParams(run: (view: DaemonView) => Json): Method {
  return (view, params) => {
    noParams(params);
    return run(view);
  };
}
