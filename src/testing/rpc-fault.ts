/** An error object of the daemon: its code and text. */
export class RpcFault extends Error {
  override readonly name = "RpcFault";
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The daemon's codes, as recorded. */
export const FAULT_CODES = {
  parse: -32700,
  request: -32600,
  method: -32601,
  params: -32602,
  /** Unknown topoheight or transaction, or a refused range. */
  context: -32004,
  notSubscribed: -1,
  alreadySubscribed: -2,
} as const;

export const invalidParams = (detail: string): RpcFault =>
  new RpcFault(FAULT_CODES.params, `Invalid params: ${detail}`);
export const invalidRequest = (detail: string): RpcFault =>
  new RpcFault(FAULT_CODES.request, `Invalid request: ${detail}`);

/** A fault of a broken daemon or of its transport instead of an answer. */
export class Misbehaviour extends Error {
  override readonly name = "Misbehaviour";
  readonly how: Misbehaving;
  constructor(how: Misbehaving) {
    super(how.kind);
    this.how = how;
  }
}

export type Misbehaving =
  /** The handler panicked: HTTP drops the connection; a WebSocket stays open without further answers. */
  | { readonly kind: "panic" }
  /** No answer; the connection stays open. */
  | { readonly kind: "silence" }
  /** The connection ends at once. */
  | { readonly kind: "disconnect" }
  /** Any text in place of the whole answer. */
  | { readonly kind: "raw"; readonly text: string };
