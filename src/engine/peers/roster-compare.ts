import { toHex } from "../../protocol/bytes.js";
import { helloRosters } from "../../protocol/hello.js";
import { dayOf } from "../../protocol/membership.js";
import type { Context } from "../context.js";
import type { DatedRoster } from "../events.js";
import type { Peer } from "./peers.js";

/**
 * A peer's roster compared with this node's:
 * - `none`: one of the two has no roster for that day, so it counts no votes;
 * - `differs`: the two count votes under different rosters, and certify under none or under different ones.
 */
export type RosterRelation = "equal" | "differs" | "none";

/** This node's rosters, as its hello gives them. */
function ownRosters({ blake3, identity, facts }: Pick<Context, "blake3" | "identity" | "facts">): DatedRoster[] {
  return helloRosters(blake3, identity.genesis, facts?.rosters ?? []).map(({ day, digest }) => ({
    day,
    digest: toHex(digest),
  }));
}

/** The roster of a day: the newest of that day or before. */
function rosterOn(rosters: readonly DatedRoster[], day: number): DatedRoster | undefined {
  return rosters.filter((roster) => roster.day <= day).at(-1);
}

/** Compares the rosters in the hellos of peers with those of this node. */
export class RosterCompare {
  #own: readonly DatedRoster[] = [];
  #of: unknown;
  #differing = 0;
  #comparable = 0;

  /** Takes this node's rosters. */
  own(context: Context): void {
    if (context.facts === undefined || context.facts.rosters === this.#of) return;
    this.#of = context.facts.rosters;
    this.#own = ownRosters(context);
  }

  /** A hello is as old as the connection. So this compares the rosters of tasks that were announced at that time. */
  relation({ facts, readyMs }: Peer): RosterRelation {
    const day = dayOf(Math.floor(readyMs / 1000)) - 1;
    const [own, theirs] = [rosterOn(this.#own, day), rosterOn(facts.rosters, day)];
    if (own === undefined || theirs === undefined) return "none";
    return own.day === theirs.day && own.digest === theirs.digest ? "equal" : "differs";
  }

  /** Counts the peers again, after a change of the peers or of the rosters. */
  count(peers: Iterable<Peer>): void {
    this.#differing = 0;
    this.#comparable = 0;
    for (const peer of peers) {
      const relation = this.relation(peer);
      if (relation === "differs") this.#differing++;
      if (relation !== "none") this.#comparable++;
    }
  }

  /** The number of peers with another roster, when these are at least half of those with one: one peer may lie. */
  fault(): { readonly differing: number; readonly comparable: number } | undefined {
    const [differing, comparable] = [this.#differing, this.#comparable];
    return differing > 0 && 2 * differing >= comparable ? { differing, comparable } : undefined;
  }
}
