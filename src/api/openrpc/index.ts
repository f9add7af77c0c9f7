/**
 * The OpenRPC document of the API: every method with its parameters, answer, errors and an example of each.
 *
 * In: the version of the program. Out: the document, made of the zod schemas by which the server parses parameters
 * (`params`), and of those of the answers (`shapes`). `rpc.discover` answers with it; docs/openrpc.json and
 * docs/api-methods.md are made from it.
 *
 * `methods.ts` describes the methods, `examples` has a request, an answer and an error of each, `error-rows.ts` the
 * reasons of refusals. A test runs every example against a node.
 *
 * Bounds: the document is a constant for each version.
 */
export { type OpenRpcDocument, openRpcDocument } from "./document.js";
export { ERROR_ROWS, type ErrorRow } from "./error-rows.js";
export { EXAMPLE_IDS, EXAMPLES, type MethodExample } from "./examples/index.js";
export { DESCRIPTIONS, type MethodDescription } from "./methods.js";
