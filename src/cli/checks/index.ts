/**
 * The checks of `doctor` and of a start: machine, build, kernel, directory, ports, daemon, bootstrap nodes.
 *
 * In: the options of a start. Out: `Check` rows with a result, a detail and a cure. A check leaves no change behind.
 */
export { checkDaemon } from "./daemon-check.js";
export {
  type Check,
  checkApi,
  checkBuild,
  checkCargo,
  checkEngine,
  checkKernel,
  checkRuntime,
} from "./doctor-checks.js";
export { checkOpenFiles, checkStart, choiceProblem, type StartChoice } from "./start-checks.js";
