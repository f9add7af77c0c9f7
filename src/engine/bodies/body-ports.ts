import type { ReasonCode } from "../../protocol/errors.js";
import type { TaskRef } from "../../protocol/records.js";
import type { Context } from "../context.js";
import type { Peers } from "../peers/index.js";
import type { BodyBook, HeldBody } from "../set/index.js";
import type { BodyAccess } from "./body-rights.js";

/** What the fetch of bodies needs of the engine. */
export interface BodyFetchPorts {
  readonly context: Context;
  readonly peers: Peers;
  readonly book: BodyBook;
  ranked(task: TaskRef): readonly string[];
  /** Deadline of the record's task in ms; undefined while its announcement is not held. */
  deadlineMs(taskId: string): number | undefined;
  /** When and how this node may ask for the body of a record of this kind. */
  access(kind: HeldBody["kind"], taskId: string): BodyAccess;
  closed(peer: string, requestId: string): void;
  helpful(peer: string): void;
  /** Counts the fault and lowers the score of the peer. */
  fault(peer: string, code: ReasonCode): void;
}
