export { AlertMaker } from "./alert-maker.js";
export { alertCase, alertHolds, alertKey, tasksOf } from "./alert-rules.js";
export { type AlertView, alertView } from "./alert-view.js";
export { type KeptAlert, KeptMessages } from "./kept-messages.js";
export { OwnEquivocations } from "./own-equivocations.js";
