import type { NetworkError } from "../../protocol/errors.js";
import type { DaemonEvent, DaemonEventName } from "./daemon-events.js";
import type { DaemonTimes } from "./limits.js";
import type { DaemonCalls, DaemonCount } from "./requests.js";

export interface SessionPorts {
  readonly times: DaemonTimes;
  readonly event: (event: DaemonEvent) => void;
  readonly count: (what: DaemonCount) => void;
}

/** One connection to the daemon. After its end, calls fail. */
export interface DaemonSession extends DaemonCalls {
  /** Whether the connection has events; without them the chain is polled. */
  readonly events: boolean;
  /** Resolves at the end of the connection with the reason; undefined: a planned end. Never rejects. */
  readonly ended: Promise<NetworkError | undefined>;
  /** Resolves after the daemon's answer. A refusal is not an error: that daemon lacks the event. */
  subscribe(name: DaemonEventName, signal: AbortSignal): Promise<void>;
  /** Closes the connection at once. */
  end(error?: NetworkError): void;
}
