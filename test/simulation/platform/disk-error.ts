import { getSystemErrorMap } from "node:util";

/** A refusal of the simulated operating system, without the call and the path. */
export class DiskError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Code to number and text of the operating system. */
const KNOWN = new Map([...getSystemErrorMap()].map(([errno, [code, text]]) => [code, { errno, text }] as const));

/** The call that failed. */
export interface FailedCall {
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;
}

/** The error that Node.js makes of a refusal. */
export function systemError(code: string, call: FailedCall): Error {
  const known = KNOWN.get(code);
  if (known === undefined) throw new Error(`the simulator does not know the error ${code}`);
  const { syscall, path, dest } = call;
  const place = `${path === undefined ? "" : ` '${path}'`}${dest === undefined ? "" : ` -> '${dest}'`}`;
  return Object.assign(new Error(`${code}: ${known.text}, ${syscall}${place}`), { errno: known.errno, code, ...call });
}
