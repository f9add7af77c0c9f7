import type { ResolvedId } from "../../api/index.js";
import type { Engine } from "../../engine/index.js";
import { MessageType } from "../../protocol/envelope.js";
import { NetworkError } from "../../protocol/errors.js";
import { RECORD_KINDS, type RecordKind } from "../../protocol/id-prefix.js";

/** The most ids that an error lists: a person sees which digits to add. */
const LISTED_IDS = 5;

const TYPES: Readonly<Record<RecordKind, MessageType>> = {
  task: MessageType.TaskAnnouncement,
  submission: MessageType.SubmissionAnnouncement,
  validation: MessageType.ValidationAnnouncement,
};

function kindOf(type: number): RecordKind | undefined {
  return RECORD_KINDS.find((kind) => TYPES[kind] === type);
}

/**
 * The one held record of a kind whose id begins with `prefix`. `not_found`; `ambiguous_id` with the first ids in its
 * details.
 */
export function resolveId(
  engine: Pick<Engine, "entriesWithPrefix">,
  prefix: string,
  kind: RecordKind | undefined,
): ResolvedId {
  const type = kind === undefined ? undefined : TYPES[kind];
  const { entries, complete } = engine.entriesWithPrefix(prefix, type, LISTED_IDS);
  const found = entries.flatMap(({ id, type: own, taskId }) => {
    const ownKind = kindOf(own);
    return ownKind === undefined ? [] : [{ id, kind: ownKind, taskId }];
  });
  const [first] = found;
  const what = kind ?? "record";
  if (first !== undefined && found.length === 1 && complete) return first;
  if (first === undefined && complete) {
    throw new NetworkError("not_found", `the node holds no ${what} whose id begins with ${prefix}`);
  }
  const matches = found.map(({ id }) => id);
  const more = complete ? "" : ", ...";
  throw new NetworkError(
    "ambiguous_id",
    `several ids of a ${what} begin with ${prefix}: give more digits (${matches.join(", ")}${more})`,
    { details: { matches } },
  );
}
