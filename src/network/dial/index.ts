/**
 * Which peers this node dials, and when.
 *
 * In: bootstrap addresses, the address book (`addKnown`), addresses sent by peers (`addHints`), machines of the chain
 * (`addHosts`), and the end of each connection (`reached`, `refused`, `lost`). Out: calls of `dial`, reports for people
 * (`DialReport`) and one log line for each new reason of a configured address.
 *
 * `Redial` keeps one target for each peer and dials the due ones at each tick. `Seeds` resolves dnsaddr names into
 * bootstrap targets. `dialAny` dials the addresses of one peer in their order.
 *
 * Bounds: PARALLEL_DIALS dials at once; ADDRESS_BOOK_MAX known peers, HINTS_MAX hints and HOSTS_MAX hosts.
 * DIAL_TIMEOUT_MS and ADDRESS_DIAL_TIMEOUT_MS end a dial. NAMES_TIMEOUT_MS ends the resolution of a name.
 *
 * Under overload: only bootstrap targets are dialled above TARGET_CONNECTIONS connections. A due target waits for the
 * next tick while all dials are in use. The oldest target of a full kind is dropped.
 */
export { dialAny } from "./dial.js";
export { checkAddresses, checkOwnIds, Dialing, logAnnounce } from "./dialing.js";
