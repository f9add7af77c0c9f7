/**
 * The comparison of two sets in full form (protocol.md, section 10, kind 3): prints of roots, days and windows, coded
 * cells of what differs, and the records that each side lacks.
 *
 * In: `DifferenceOpener` and `DifferenceAcceptor` take the frames of kinds 5 and 6, the type 4, and what became of
 * wanted and served records. Out: `send_frames`, `serve_records` and `send_response` effects; a `WindowResult` with the
 * computed equality of each strand.
 *
 * The opener compares prints and finds the difference of each chunk, newest day first; the acceptor makes coded cells.
 * A print has the salt of the connection, the request and the key of its sender, so nobody can send it who has not the
 * state.
 *
 * Bounds: `OPEN_CHUNKS` of `CHUNK_IDS` records at once (one window may have more), `BOUNDS.wanted_ids`; cells for a
 * chunk are at most two for each record; each window is compared once; 30 s of silence and 300 s in all.
 *
 * Under overload: an exchange works as much as its budget allows and goes on in the next step; the next cells are made
 * when those before are sent. Ids beyond `BOUNDS.wanted_ids` follow in the next exchange.
 */
export { DifferenceAcceptor } from "./acceptor.js";
export { DifferenceOpener } from "./opener.js";
export type { DifferenceSide, WindowPorts, WindowResult, WindowsRequest } from "./side.js";
