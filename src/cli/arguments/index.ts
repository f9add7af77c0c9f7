export { readBody } from "./body-file.js";
export { parseDeadline, showDuration, showTime } from "./durations.js";
export { refuseReplaced } from "./exact-arguments.js";
export { type GivenAddresses, givenProblem, multiaddrsArgument } from "./given-addresses.js";
export {
  apiFile,
  apiUrl,
  DEFAULT_API,
  dataDirectory,
  expandHome,
  type GlobalOptions,
  ofRunningNode,
  parseHostPort,
  readApiLocation,
  tokenFile,
} from "./location.js";
export { pathArgument } from "./path-argument.js";
