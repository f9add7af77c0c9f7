export { ManagerControl } from "./control.js";
export { DigestQueue } from "./digest-queue.js";
