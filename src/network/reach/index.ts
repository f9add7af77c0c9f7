export { defaultListen } from "./default-listen.js";
export { isElsewhere, Reach } from "./reach.js";
export { answers } from "./twins.js";
