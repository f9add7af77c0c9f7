export { dialAny } from "./dial.js";
export { checkAddresses, checkOwnIds, Dialing, logAnnounce } from "./dialing.js";
