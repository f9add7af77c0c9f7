export { ManagerControl } from "./control.js";
export { DigestDesk } from "./digest-desk.js";
