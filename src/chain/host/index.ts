export { type HostEvent, isHostEvent, readHostEvent, readTip } from "./host-shapes.js";
export { HostSource } from "./host-source.js";
