export { LISTINGS_MAX, SERVINGS_MAX, Serving } from "./disk-reader.js";
export { EffectRunner } from "./effect-runner.js";
export { EventHub, LISTENERS_MAX } from "./event-hub.js";
export { NodeSigner } from "./node-signer.js";
export { OwnMessages } from "./own-messages.js";
export { StoreWriter, WRITER_PAUSE_BYTES } from "./store-writer.js";
