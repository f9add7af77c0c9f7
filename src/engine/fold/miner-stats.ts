import { MessageType } from "../../protocol/envelope.js";
import type { RecordSet } from "../set/index.js";
import type { ConsensusTracker } from "./consensus-tracker.js";

/** Counts over the held records of one author. */
export interface MinerStats {
  readonly tasksPublished: number;
  readonly submissions: number;
  /** Of those, the accepted ones that no rule excludes. */
  readonly submissionsCounted: number;
  /** Counted ones whose verdict is reached. */
  readonly submissionsReached: number;
  /** Counted ones with at least one counted validation. The score is the mean of their weighted means, for display. */
  readonly submissionsScored: number;
  readonly meanScore: number | undefined;
  readonly validations: number;
  /** Of those, the counted ones in tasks in memory ({@link MinerStats.validationsUnknown} are in closed tasks). */
  readonly validationsCounted: number;
  readonly validationsUnknown: number;
  /** Tasks from which the author is excluded. */
  readonly tasksExcluded: number;
  readonly firstSeconds: number | undefined;
  readonly lastSeconds: number | undefined;
}

/** Reads the entries and the tasks of this author only. */
export function minerStats(set: RecordSet, tracker: ConsensusTracker, author: string): MinerStats {
  const tasks = new Set<string>();
  const validations = new Map<string, Set<string>>();
  let [published, submitted, validated] = [0, 0, 0];
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const entry of set.entriesOf(author)) {
    const { id, type, taskId, timestampSeconds } = entry;
    tasks.add(taskId);
    first = Math.min(first, timestampSeconds);
    last = Math.max(last, timestampSeconds);
    if (type === MessageType.TaskAnnouncement && id === taskId) published++;
    else if (type === MessageType.SubmissionAnnouncement) submitted++;
    else if (type === MessageType.ValidationAnnouncement) {
      validated++;
      validations.set(taskId, (validations.get(taskId) ?? new Set()).add(id));
    }
  }
  const means: number[] = [];
  let [counted, reached, validationsCounted, validationsUnknown, excluded] = [0, 0, 0, 0, 0];
  tracker.foldAll(tasks);
  for (const taskId of tasks) {
    const folded = tracker.folded(taskId);
    if (folded === undefined) continue;
    if (folded.excludedAuthors.some((equivocator) => equivocator.author === author)) excluded++;
    const own = validations.get(taskId);
    if (tracker.isClosed(taskId)) validationsUnknown += own?.size ?? 0;
    for (const { submitter, verdict, validations: cast } of folded.submissions) {
      if (own !== undefined) for (const { id } of cast) if (own.has(id)) validationsCounted++;
      if (submitter !== author) continue;
      counted++;
      if (verdict.reached) reached++;
      if (verdict.weightSum > 0) means.push(verdict.weightedSum / verdict.weightSum);
    }
  }
  return {
    tasksPublished: published,
    submissions: submitted,
    submissionsCounted: counted,
    submissionsReached: reached,
    submissionsScored: means.length,
    meanScore: means.length === 0 ? undefined : means.reduce((sum, mean) => sum + mean, 0) / means.length,
    validations: validated,
    validationsCounted,
    validationsUnknown,
    tasksExcluded: excluded,
    firstSeconds: Number.isFinite(first) ? first : undefined,
    lastSeconds: Number.isFinite(last) ? last : undefined,
  };
}
