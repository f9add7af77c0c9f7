/** The node answered with an error (docs/api-methods.md, Errors of the methods). */
export class NodeRefusal extends Error {
  override readonly name = "NodeRefusal";
  /** JSON-RPC's number. */
  readonly number: number;
  /** Reason code, such as `own_task`; undefined for errors of JSON-RPC and for a refused token. */
  readonly code: string | undefined;
  /** `data` of the error: limits, ids and times by their names. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(message: string, number: number, data: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.number = number;
    this.code = typeof data.code === "string" ? data.code : undefined;
    this.data = data;
  }
}

/**
 * `not_running`: no node runs in the directory. `no_answer`: nothing answers at the address, or the connection is
 * lost. `timeout`: no answer in time; the call may still be carried out. `not_a_node`: something else answers.
 */
export type UnreachableReason = "not_running" | "no_answer" | "timeout" | "not_a_node";

/** No node answers at the address, or what answers is no node. */
export class NodeUnreachable extends Error {
  override readonly name = "NodeUnreachable";
  readonly reason: UnreachableReason;

  constructor(reason: UnreachableReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
