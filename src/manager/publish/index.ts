export { AuthorStores } from "./author-stores.js";
export { cancelDraft, type OwnDraft, submissionDraft, taskDraft, validationDraft } from "./drafts.js";
export { type HostKeys, type Keyring, openKeyring, readKeyring, type Signer } from "./keyring.js";
export { inspectLibp2pKey, readOrCreateLibp2pKey } from "./libp2p-key.js";
export { OwnRetry } from "./own-retry.js";
export { PUBLISHING_MAX, Publisher } from "./publisher.js";
export { ReportedSigners } from "./reported-signers.js";
export { signingWatches } from "./signing-watches.js";
