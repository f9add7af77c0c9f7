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
export {
  checkOpenFiles,
  checkStart,
  choiceProblem,
  REGISTRIES,
  type RegistryName,
  type StartChoice,
} from "./start-checks.js";
