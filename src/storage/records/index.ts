export { DiskRecordStore } from "./record-store.js";
