import { INVALID_PARAMS, RpcError } from "../rpc-error.js";

/** TOS's rule: a method without parameters accepts null, nothing or []; an object is refused. */
export function noParams(params: unknown): void {
  if (params === undefined || params === null || (Array.isArray(params) && params.length === 0)) return;
  throw new RpcError(INVALID_PARAMS, "Unexpected parameters for this method");
}
