/* The types of libp2p, which only the compilation of this package needs. */
export { createLibp2p } from "libp2p";
