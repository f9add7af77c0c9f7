/** The text of vendor/libp2p/index.js. */
export function libp2pModule(): Promise<string>;
