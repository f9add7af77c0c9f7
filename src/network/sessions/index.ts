export { Connections } from "./connections.js";
export { GatedRegistrar } from "./gated-registrar.js";
export type { HelloSuccess } from "./hello.js";
export { answerIdentify } from "./identify.js";
export { Session } from "./session.js";
