import type { NetworkError } from "../../protocol/errors.js";
import type { DaemonEvent, DaemonEventName } from "./daemon-events.js";
import type { DaemonTimes } from "./limits.js";
import type { DaemonCalls, DaemonCount } from "./requests.js";

export interface SessionPorts {
  readonly times: DaemonTimes;
  readonly event: (event: DaemonEvent) => void;
  readonly count: (what: DaemonCount) => void;
}

/** One connection to the daemon. It ends once, and then answers nothing any more. */
export interface DaemonSession extends DaemonCalls {
  /** Whether it tells events; without them the chain has to be looked at. */
  readonly events: boolean;
  /** Resolves when it ended, with why; undefined: nothing went wrong. Never rejects. */
  readonly ended: Promise<NetworkError | undefined>;
  /** Resolves when the daemon will tell these events, or refused to: what it has no event for it has no news of. */
  subscribe(name: DaemonEventName, signal: AbortSignal): Promise<void>;
  /** Ends it; at once, without a word to the daemon. */
  end(error?: NetworkError): void;
}
