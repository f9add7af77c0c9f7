/** Errors of the managed protocol and their numbers (docs/managed.md, Errors). */
export const CHANNEL_ERRORS = {
  parse_error: -32700,
  invalid_request: -32600,
  method_not_found: -32601,
  invalid_params: -32602,
  internal: -32603,
  wrong_cookie: -32001,
  wrong_version: -32002,
  not_ready: -32003,
  already_initialised: -32004,
  busy: -32005,
  shutting_down: -32006,
  refused: -32007,
  unavailable: -32008,
} as const;
export type ChannelErrorName = keyof typeof CHANNEL_ERRORS;

/** The `error` member of a message. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** An error answer. */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
  readonly reason: ChannelErrorName;
  /** `data.reason` on the wire: a closed code. */
  readonly #reported: string;

  /** `reported` replaces the error's name in `data.reason`. */
  constructor(reason: ChannelErrorName, message: string, options: { cause?: unknown; reported?: string } = {}) {
    super(message, options);
    this.reason = reason;
    this.#reported = options.reported ?? reason;
  }

  toObject(): ErrorObject {
    return { code: CHANNEL_ERRORS[this.reason], message: this.message, data: { reason: this.#reported } };
  }
}

const NAMES: ReadonlyMap<number, ChannelErrorName> = new Map(
  Object.entries(CHANNEL_ERRORS).map(([name, code]) => [code, name as ChannelErrorName]),
);

/** The name of an error code; undefined if the protocol has no such code. */
export function channelErrorName(code: number): ChannelErrorName | undefined {
  return NAMES.get(code);
}
