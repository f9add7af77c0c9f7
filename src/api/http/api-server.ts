import type { LogLevel } from "../../engine/index.js";
import type { NodeControl } from "../control.js";
import type { FaultSink } from "../facts/index.js";
import type { ApiMetrics } from "../metrics/index.js";
import type { LoginLink } from "./page-routes.js";

/** Logs one line for a person. */
export type ApiLog = (level: LogLevel, text: string, fields?: Readonly<Record<string, string | number>>) => void;

export interface ApiServerOptions {
  readonly control: NodeControl;
  /** Port 0: the system chooses. */
  readonly listen: { readonly host: string; readonly port: number };
  /** The file of the full token; `api-read.token` is beside it. Both are made if they are missing. */
  readonly tokenFile: string;
  readonly log: ApiLog;
  /** The metrics that the engine also counts in. Default: a new object. */
  readonly metrics?: ApiMetrics;
  /** Gets the fault `connections_full`. */
  readonly faults?: FaultSink;
}

export interface ApiServer {
  /** `http://host:port`, without a path. */
  readonly url: string;
  /** The token with all rights, as its file has it now. */
  readonly token: string;
  readonly metrics: ApiMetrics;
  /** Sizes and caps of the API's structures, for the table of bounds. */
  bounds(): readonly { readonly name: string; readonly size: number; readonly cap: number }[];
  /** A link with which a browser logs in to the page, once; undefined beyond loopback, where no page is served. */
  loginLink(): LoginLink | undefined;
  /** Closes every socket within two seconds; idempotent. */
  stop(): Promise<void>;
}
