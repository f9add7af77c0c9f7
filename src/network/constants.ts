/** Protocols of libp2p streams (protocol.md, Identities and Sync). */
export const HELLO_PROTOCOL = "/tos-ai/hello/1";
export const SYNC_PROTOCOL = "/tos-ai/sync/1";
export const PEERS_PROTOCOL = "/tos-ai/peers/1";

/**
 * protocol.md, Identities: a connection without a finished hello is closed after this time, so it can't hold a place.
 */
export const HELLO_TIMEOUT_MS = 10_000;
/** protocol.md, Identities: streams of other protocols that are held unread until hello; a further one is reset. */
export const HELD_STREAMS_MAX = 4;

/**
 * Connections if the host sets no limit: a mesh of 6 on several topics, sync with all of them, and room for arrivals.
 */
export const MAX_CONNECTIONS = 64;
/** One connection in four is kept for peers that this node dials, so inbound connections alone can't isolate it. */
export const INBOUND_SHARE = 0.75;
/**
 * Inbound connections beyond the share that are taken at once, to send each peer addresses of other peers in place of
 * an answer. A node whose bootstrap nodes have no room joins by these addresses.
 */
export const VISITS_MAX = 16;
/** Of these, connections of one address group: so one group can't keep all other newcomers out. */
export const VISITS_PER_GROUP = 8;
/** A visit is closed after this time: two round trips of 300 ms, and time for a busy event loop. */
export const VISIT_TIMEOUT_MS = 3000;
/** Known addresses are dialled below this many ready peers: mesh degree 6, and two in reserve. */
export const TARGET_CONNECTIONS = 8;
/**
 * Connections to known peers that a node with enough peers makes, one after the other, each closed when three newer
 * ones have come. So parts of a network that were apart find each other, and attackers don't keep a node by themselves.
 */
export const EXTRA_CONNECTIONS = 3;
/**
 * The longest wait between two of them; the shortest is half of it. So each lasts for STABLE_MS at least, and its end
 * is no failure for the other side.
 */
export const EXTRA_DIAL_MS = 40_000;
/** The wait after a dial that failed: while parts of a network are apart, many do. */
export const EXTRA_RETRY_MS = 5000;
/**
 * New connections per second and host. With the library's default of 5, the nodes of a data centre behind one address
 * need minutes to reconnect after a restart. A refused handshake costs about 1 ms.
 */
export const INBOUND_CONNECTIONS_PER_SECOND = 32;
/** Handshakes under way at once, for the same reason; each is bounded by its own deadline. */
export const PENDING_INBOUND_MAX = 32;
/** Ten times a bad intercontinental round trip for TCP, noise and yamux together. */
export const DIAL_TIMEOUT_MS = 10_000;
/** The limit for the two round trips of a protocol negotiation; half of the limit for hello. */
export const NEGOTIATION_TIMEOUT_MS = 5000;
/** The limit for each address of a peer that has several, so a silent one leaves time for the others. */
export const ADDRESS_DIAL_TIMEOUT_MS = 5000;
/** Levels of dnsaddr names that lead to other names; the names in use have two. */
export const DNSADDR_DEPTH_MAX = 4;
/** TXT queries for one dnsaddr name, and records read of one answer. They bound what the owner of a name can cause. */
export const DNSADDR_QUERIES_MAX = 16;
export const DNSADDR_RECORDS_MAX = 64;
/** Addresses taken of one dnsaddr name: twice the peers that a node wants. */
export const DNSADDR_ADDRESSES_MAX = 16;
/**
 * A dnsaddr name is resolved again after this long: bootstrap lists change seldom. A failure is retried like a dial.
 */
export const DNSADDR_REFRESH_MS = 1_800_000;
/** The limit for all queries of one dnsaddr name: three unanswered queries, each sent twice, take 18 s. */
export const NAMES_TIMEOUT_MS = 20_000;
/** Most announced addresses: as many as a hello holds. */
export const ANNOUNCED_MAX = 8;
/** IP addresses taken of one announced name: a machine has one or two of each family. */
export const ANNOUNCED_PER_NAME = 4;
/** An announced name is resolved again after this long: the usual time to live of names whose address changes. */
export const ANNOUNCED_REFRESH_MS = 300_000;
/** The interfaces of the machine are read at most this often: reading takes some hundred microseconds. */
export const INTERFACES_READ_MS = 1000;
/** Address groups whose report of this node's address is kept: as many as a node has connections. */
export const OBSERVERS_MAX = 64;
/** Observed hosts that are shown; a node has one or two of each address family. */
export const OBSERVED_HOSTS_MAX = 4;
/** How long a connection from another network is reported while no peer is ready: twice the longest redial wait. */
export const FOREIGN_SEEN_MS = 120_000;
/** Dials that are shown besides those of bootstrap addresses: as many as a node has connections. */
export const REPORTED_DIALS_MAX = 64;
/** The longest wait for a graceful close; a stop of the network has 1.5 s. */
export const CLOSE_TIMEOUT_MS = 1000;
/** Most dials at once: as many as the connections that a node seeks. More would compete for the same link. */
export const PARALLEL_DIALS = 8;

/** Streams per connection: hello, sync and gossip both ways, the monitor's pings, and some that are just closing. */
export const STREAMS_PER_CONNECTION = 32;
/**
 * Unread bytes that a peer may send on one stream: 10 MB/s at 100 ms. One stream holds at most twice this in memory.
 */
export const STREAM_WINDOW_BYTES = 1_048_576;
/** A paused stream may fill its window. A stream that exceeds this is reset. */
export const STREAM_READ_BUFFER_BYTES = 2 * STREAM_WINDOW_BYTES;

/** protocol.md, Sync: a ready peer without a sync stream is closed after this time, as long as the hello may take. */
export const SYNC_STREAM_MISSING_MS = 10_000;
/** The same for a peer that ended its stream and opened no other. The next stream follows within one round trip. */
export const SYNC_REOPEN_MS = 2000;

/**
 * How long a frame waits for a slow peer if the caller gives no limit: at 140 KB/s the queue of 4 MiB empties in it.
 */
export const SEND_TIMEOUT_MS = 30_000;
/** Frames that wait for one peer. An exchange sends in lock step, so more means that the peer does not read. */
export const SEND_QUEUE_FRAMES = 128;
/** Bytes that wait for one peer. The worst case is 64 connections of 4 MiB: 256 MiB. */
export const SEND_QUEUE_BYTES = 4_194_304;

/** The largest gossip frame. The answer to one IWANT is one frame of full bundles. */
export const GOSSIP_FRAME_BYTES = 4_194_304;
/** Ids in one IHAVE or IWANT, and so messages in the answer: gossipsub's own limit for what honest peers send. */
export const GOSSIP_IDS_MAX = 5000;
/** Control entries per frame: one per topic and kind. */
export const GOSSIP_CONTROL_MAX = 512;
/**
 * Subscriptions, GRAFT and PRUNE entries of one peer, for each topic of this node. An honest peer sends less than one
 * entry a heartbeat for a topic, after a burst at the start.
 */
export const GOSSIP_TOPIC_ENTRIES_PER_SECOND = 2;
export const GOSSIP_TOPIC_ENTRIES_BURST = 8;
/** Subscriptions per frame: at most 6 types of 255 shards and the alerts. */
export const GOSSIP_SUBSCRIPTIONS_MAX = 2048;
/** IDONTWANT saves bandwidth only for messages that are larger than 50 ids of 20 bytes. */
export const IDONTWANT_MIN_BYTES = 1024;
/** How long an id stays known: many times what a bundle needs to cross 6 hops with retries. */
export const GOSSIP_SEEN_MS = 120_000;
/** Ids in the seen cache, about 150 bytes each (40 MB); the oldest leave first. 2,000 bundles/s for the whole time. */
export const GOSSIP_SEEN_MAX = 262_144;
/**
 * Heartbeats, of 1 s as in the specification of gossipsub, for which it keeps a message that waits for its verdict. A
 * later verdict forwards nothing.
 */
export const GOSSIP_HISTORY = 5;
export const GOSSIP_HEARTBEAT_MS = 1000;
/**
 * Messages that wait for a verdict, and their bytes: as many as the node takes of 64 peers before it lets their gossip
 * wait (manager/inbound/scan-queue.ts). Further messages are ignored; sync brings their records.
 */
export const PENDING_VERDICTS_MAX = 16_384;
export const PENDING_VERDICT_BYTES = 33_554_432;
/** A peer for which this much gossip waits does not read. Its connection is closed and dialled again. */
export const GOSSIP_BACKLOG_BYTES = 16_777_216;
/**
 * A ready peer without gossip streams for this long is closed and dialled again; a stream opens within a round trip.
 */
export const GOSSIP_STREAM_MISSING_MS = 10_000;

/** protocol.md, Identities: how often a node with too few peers asks one of them for more. */
export const PEERS_ASK_MS = 15_000;
/** The first ask after a hello. Peers that joined at the same time have finished their hello by then. */
export const PEERS_FIRST_ASK_MS = 3000;
/** At most one answer per connection in this time: a third of the time between two asks of an honest peer. */
export const PEERS_ANSWER_MS = 5000;
/** The limit for the negotiation and one small frame; the same as for a negotiation alone. */
export const PEERS_TIMEOUT_MS = 5000;

/** Addresses of one address group that a peer gets, as long as there are others: a quarter of what a hello holds. */
export const GROUP_KNOWN_MAX = 2;

/** Peers whose addresses are kept across restarts. The peer that was not reached for the longest time leaves first. */
export const ADDRESS_BOOK_MAX = 256;
/** Addresses kept for each peer: one or two of each address family. */
export const ADDRESSES_PER_PEER = 4;
/**
 * Peers that other peers named and that were never reached. The oldest leave first, so one peer can't keep the table.
 */
export const HINTS_MAX = 256;
/** A hint that failed this often is forgotten, since any peer can name any address. */
export const HINT_ATTEMPTS = 3;
/**
 * A forgotten hint is not accepted for this long, since peers name it again in every answer. At most HINTS_MAX rest.
 */
export const HINT_REST_MS = 600_000;
/** The default port for peers. The daemon uses 2125 and 2126. */
export const P2P_PORT = 2135;
/** Machines that run the chain. Few of them run this program too. The oldest leave first. */
export const HOSTS_MAX = 64;
/** Machines of the chain are dialled, one at a time, below this many connections: a mesh of fewer may fall apart. */
export const HOST_CONNECTIONS = 4;
/** A machine that did not answer is not dialled for this long: most machines of the chain do not run this program. */
export const HOST_REST_MS = 3_600_000;
/** The address book is written this long after a change, so that a burst of connections costs one write. */
export const BOOK_SAVE_MS = 5000;
/** The first wait after a failed dial: a node that restarts listens again after about a second. */
export const REDIAL_MIN_MS = 1000;
/** The longest wait between two dials of a peer: it bounds how long a returned peer stays unconnected. */
export const REDIAL_MAX_MS = 60_000;
/** The first wait after a node of another network answered. Only a person changes the network of a node. */
export const FOREIGN_MIN_MS = 30_000;
/** A node is found again within ten minutes after its configuration is corrected. */
export const FOREIGN_MAX_MS = 600_000;
/** The first wait after a node without room answered. It named other peers, which are dialled meanwhile. */
export const BUSY_MIN_MS = 5000;
/**
 * The longest wait for such a node: in a network of 10,000 nodes each bootstrap node is dialled some 50 times a second.
 */
export const BUSY_MAX_MS = 300_000;
/** The failures of a peer are forgotten after a connection of this duration: the longest wait of a redial. */
export const STABLE_MS = 60_000;
/** Two peers that dial each other within this time made a cross dial: one dial may take this long. */
export const CROSS_DIAL_MS = 10_000;
/** The interval of redials and watches: short against their waits of at least a second. */
export const TICK_MS = 500;
/** Refusals that were logged already; beyond this the oldest is logged again. */
export const LOGGED_MAX = 256;
/** Gossip occupies the event loop for this long, plus the messages of one step. */
export const GOSSIP_SLICE_MS = 5;
/** Messages of one step, some 0.1 ms each: a step takes under 2 ms. */
export const GOSSIP_MESSAGES_AT_ONCE = 16;
/** Bytes of one step, unless a single message has more: the largest bundle. */
export const GOSSIP_BYTES_AT_ONCE = 65_536;
/** Rejected bundles after which a peer, or all peers of an address group together, are closed: gossip mutes it then. */
export const REJECTED_BUNDLES_MAX = 3;
/**
 * How long a peer and its address group are refused after that, twice as long each time: an attacker gets three bundles
 * judged in ten seconds, then in twenty.
 */
export const REFUSAL_MIN_MS = 10_000;
/** The longest refusal: an honest peer that shares the address of an attacker gets in within ten minutes. */
export const REFUSAL_MAX_MS = 600_000;
/** Rejected bundles and refusals are forgotten this long after the last one, as gossip forgets them. */
export const REFUSAL_MEMORY_MS = 3_600_000;
/** Peers and address groups with rejected bundles that are remembered; the least recent leave first. 200 bytes each. */
export const REFUSALS_MAX = 2048;
/** Log lines of one kind about peers in a minute, because an attacker can make any number of peer ids. */
export const LINES_PER_MINUTE = 10;
