/** The behaviours by kind. Each file has those of one idea. */
import type { Behaviour, Powers } from "../behaviour.js";
import type { BehaviourKind } from "../kinds.js";
import { Halfway, Slow, StopReading } from "./answer.js";
import { EquivocateSlot, EquivocateSubject } from "./equivocate.js";
import { FloodOver, FloodQuota, FloodRequests } from "./flood.js";
import { Forge } from "./forge.js";
import { RevealHalf, Withhold } from "./hide.js";
import { Garbage, Unasked } from "./intrude.js";
import { Claim, Echo } from "./lie.js";
import { Misfit } from "./misfit.js";
import { Replay } from "./replay.js";
import { Stranger } from "./stranger.js";
import { LyingVotes } from "./vote.js";

/** Makes a behaviour of a peer. The peers of `identities` are made by the crowd. */
export const MAKERS: Readonly<Record<BehaviourKind, (powers: Powers) => Behaviour>> = {
  forge: (powers) => new Forge(powers),
  replay: (powers) => new Replay(powers),
  equivocate_slot: (powers) => new EquivocateSlot(powers),
  equivocate_subject: (powers) => new EquivocateSubject(powers),
  withhold: (powers) => new Withhold(powers),
  reveal_half: (powers) => new RevealHalf(powers),
  echo: (powers) => new Echo(powers),
  claim: (powers) => new Claim(powers),
  slow: (powers) => new Slow(powers),
  halfway: (powers) => new Halfway(powers),
  unasked: (powers) => new Unasked(powers),
  flood_quota: (powers) => new FloodQuota(powers),
  flood_over: (powers) => new FloodOver(powers),
  flood_requests: (powers) => new FloodRequests(powers),
  stop_reading: (powers) => new StopReading(powers),
  garbage: (powers) => new Garbage(powers),
  identities: () => ({ step: () => undefined }),
  misfit: (powers) => new Misfit(powers),
  stranger: (powers) => new Stranger(powers),
  vote: (powers) => new LyingVotes(powers),
};
