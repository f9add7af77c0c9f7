import type { LackingStatus } from "../../protocol/body-parts.js";
import type { ReasonCode } from "../../protocol/errors.js";
import type { SyncStatus } from "../../protocol/sync-messages.js";

/** What a peer answered for one body. */
export type BodyAnswer = SyncStatus | LackingStatus;

/** How the request of one body from one peer ended. */
export type BodyEnd =
  | { readonly kind: "came"; readonly peer: string; readonly bytes: Uint8Array }
  /** The body with this hash is not one that the record may announce. `served`: the peer sent all of it. */
  | { readonly kind: "invalid"; readonly peer: string; readonly code: ReasonCode; readonly served: boolean }
  /** `status`: the answer of the peer, if it answered. */
  | {
      readonly kind: "failed";
      readonly peer: string;
      readonly code: ReasonCode;
      readonly status: BodyAnswer | undefined;
    };
