/**
 * Arguments of the command line: paths, addresses, durations, bodies, exact text.
 *
 * In: text of the command line and files that it names. Out: values, or a failure with exit code 2 that names the
 * argument.
 */
export { readBody } from "./body-file.js";
export { parseDeadline, showDuration, showTime } from "./durations.js";
export { refuseReplaced } from "./exact-arguments.js";
export { type GivenAddresses, givenProblem, multiaddrsArgument } from "./given-addresses.js";
export {
  apiFile,
  DEFAULT_API,
  dataDirectory,
  expandHome,
  type GlobalOptions,
  parseHostPort,
  tokenFile,
} from "./location.js";
export { pathArgument } from "./path-argument.js";
export { REGISTRIES, type RegistryName, taskTypesArgument } from "./start-arguments.js";
export {
  amountArgument,
  hashArgument,
  ID_HELP,
  idArgument,
  integerArgument,
  isWhole,
  nameArgument,
} from "./value-arguments.js";
