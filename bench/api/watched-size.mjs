// The size of the made-up node of watched-node.mjs.
export const TASKS = 100_000;
export const PEERS = 1000;
