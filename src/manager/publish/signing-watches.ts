import type { FaultDetail, FaultWatch } from "../../api/index.js";
import { STOP_REASONS, stopTexts, utcTime } from "../../storage/index.js";
import type { AuthorStores } from "./author-stores.js";

/** Keys that one text names; it counts the rest. */
const NAMED_KEYS = 3;

function named(names: readonly string[]): string {
  const more = names.length - NAMED_KEYS;
  return `${names.slice(0, NAMED_KEYS).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Conditions that keep author keys from signing, for the fault board. Each costs O(keys); a node has at most 256. */
export function signingWatches(
  authors: Pick<AuthorStores, "stopped" | "behind" | "count">,
  aheadSeconds: number,
  nowMs: () => number,
  /** This machine's clock agrees with the peers' clocks. */
  clockAgrees: () => boolean,
): readonly FaultWatch[] {
  const stops = STOP_REASONS.map(
    (reason): FaultWatch => ({
      component: "signing",
      code: reason,
      active: (): FaultDetail | undefined => {
        const stopped = authors.stopped().filter((author) => author.reason === reason);
        if (stopped.length === 0) return undefined;
        const { text, cure } = stopTexts(reason);
        const who = named(stopped.map(({ name, key }) => `${name} (${key.slice(0, 16)})`));
        const records = stopped[0]?.records.map((id) => id.slice(0, 16)).join(", ") ?? "";
        return {
          // Another key of this node still signs.
          status: stopped.length < authors.count ? "degraded" : "failed",
          text: `the key ${who} no longer signs: ${text}${records === "" ? "" : ` (record ${records})`}`,
          cure,
        };
      },
    }),
  );
  const waits: FaultWatch = {
    component: "signing",
    code: "key_waits",
    active: () => {
      const nowSeconds = Math.floor(nowMs() / 1000);
      const behind = authors.behind(nowSeconds, aheadSeconds);
      if (behind.length === 0) return undefined;
      const keys = behind.map(({ name, fromSeconds }) => `${name} from ${utcTime(fromSeconds)}`);
      return {
        text:
          "keys do not sign yet, because their last records are dated later " +
          `or their signing log is new: ${named(keys)}`,
        cure: clockAgrees()
          ? "this machine's clock agrees with its peers': wait, or sign with another key"
          : "if this machine's clock is wrong, set it (run NTP); if it is right, wait, or sign with another key",
      };
    },
  };
  return [...stops, waits];
}
