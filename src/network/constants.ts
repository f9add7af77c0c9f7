/** Protocols of libp2p streams (protocol.md, Identities and Sync). */
export const HELLO_PROTOCOL = "/tos-ai/hello/1";
export const SYNC_PROTOCOL = "/tos-ai/sync/1";
export const PEERS_PROTOCOL = "/tos-ai/peers/1";

/** protocol.md, Identities: a connection that has not said hello by then is closed. */
export const HELLO_TIMEOUT_MS = 10_000;
/** protocol.md, Identities: streams of other protocols held unread until hello; one more is reset. */
export const HELD_STREAMS_MAX = 4;

/** Connections where the host names no limit: a mesh of 6 on a handful of topics, sync with all, and room for arrivals. */
export const MAX_CONNECTIONS = 64;
/** One connection in four is kept for peers that this node dials: who fills all slots from outside can't cut it off. */
export const INBOUND_SHARE = 0.75;
/** Below this many ready peers known addresses are dialled: mesh degree 6 and two to lose. */
export const TARGET_CONNECTIONS = 8;
/**
 * New connections per second and host. The library's 5 makes a data centre behind one address, or a test network on
 * loopback, take minutes to come back after a restart; a refused handshake costs about a millisecond.
 */
export const INBOUND_CONNECTIONS_PER_SECOND = 32;
/** Handshakes under way at once, for the same reason; each is bounded by its own deadline. */
export const PENDING_INBOUND_MAX = 32;
/** Ten times a bad intercontinental round trip for TCP, noise and yamux together. */
export const DIAL_TIMEOUT_MS = 10_000;
/** For the two round trips in which a stream's protocol is agreed; half of the hello's time. */
export const NEGOTIATION_TIMEOUT_MS = 5000;
/** For each address of a peer that has several: a silent one must not use up the time of the others. */
export const ADDRESS_DIAL_TIMEOUT_MS = 5000;
/** A dnsaddr name may lead to other names so many levels deep; real ones use two. */
export const DNSADDR_DEPTH_MAX = 4;
/** TXT queries for one dnsaddr name, and records read of one answer: who runs the name cannot make this node ask for ever. */
export const DNSADDR_QUERIES_MAX = 16;
export const DNSADDR_RECORDS_MAX = 64;
/** Addresses taken of one dnsaddr name: twice the peers that a node wants. */
export const DNSADDR_ADDRESSES_MAX = 16;
/** A dnsaddr name is resolved again after this long; one that failed, by the waits of a redial. */
export const DNSADDR_REFRESH_MS = 1_800_000;
/** For all queries of one dnsaddr name. */
export const NAMES_TIMEOUT_MS = 20_000;
/** Announced addresses at most: as many as a hello tells. */
export const ANNOUNCED_MAX = 8;
/** IP addresses taken of one announced name: a machine has one or two of each family. */
export const ANNOUNCED_PER_NAME = 4;
/** An announced name is resolved again after this long: the usual time to live of names whose address changes. */
export const ANNOUNCED_REFRESH_MS = 300_000;
/** The interfaces of the machine are read at most this often: reading takes some hundred microseconds. */
export const INTERFACES_READ_MS = 1000;
/** Groups whose word about this node's address is kept, and hosts that are shown of it. */
export const OBSERVERS_MAX = 64;
export const OBSERVED_HOSTS_MAX = 4;
/** Nodes of another network that came are told for so long where nobody else is there. */
export const FOREIGN_SEEN_MS = 120_000;
/** Dials of others than bootstrap addresses that are shown. */
export const REPORTED_DIALS_MAX = 64;
/** Graceful closing is courtesy, never waited for longer. */
export const CLOSE_TIMEOUT_MS = 1000;
/** Dials under way at once: more only compete for the same link. */
export const PARALLEL_DIALS = 8;

/** Streams per connection: hello, sync and gossip both ways, the monitor's pings, and some that are just closing. */
export const STREAMS_PER_CONNECTION = 32;
/** Bytes that a peer may send unread on one stream: 10 MB/s at 100 ms. A peer can hold twice this of ours per stream. */
export const STREAM_WINDOW_BYTES = 1_048_576;
/** A paused stream may fill its window; past it something is wrong and the stream is reset. */
export const STREAM_READ_BUFFER_BYTES = 2 * STREAM_WINDOW_BYTES;

/** protocol.md, Sync: a ready peer that has opened no sync stream by then is closed. As for hello. */
export const SYNC_STREAM_MISSING_MS = 10_000;
/** And one that ended its stream and opened no other: the next stream follows in the same round trip. */
export const SYNC_REOPEN_MS = 2000;

/** How long a frame waits for a slow peer where the caller names no time. */
export const SEND_TIMEOUT_MS = 30_000;
/** Frames waiting for one peer: an exchange sends in lock step, so more means that nobody reads. */
export const SEND_QUEUE_FRAMES = 128;
/** And their bytes: 64 connections of 4 MiB are 256 MiB, the worst case. */
export const SEND_QUEUE_BYTES = 4_194_304;

/** Gossip frames: what other peers ask back at once (IWANT) comes as one frame of full bundles. */
export const GOSSIP_FRAME_BYTES = 4_194_304;
/** Ids in one IHAVE or IWANT, and so messages in the answer: gossipsub's own limit for what honest peers send. */
export const GOSSIP_IDS_MAX = 5000;
/** Control entries per frame: one per topic and kind. */
export const GOSSIP_CONTROL_MAX = 512;
/**
 * Subscriptions, GRAFT and PRUNE entries of one peer, for each topic of this node: an honest peer changes its mind about a
 * topic less than once a heartbeat, and says everything at once at first.
 */
export const GOSSIP_TOPIC_ENTRIES_PER_SECOND = 2;
export const GOSSIP_TOPIC_ENTRIES_BURST = 8;
/** Subscriptions per frame: at most 6 types of 255 shards and the alerts. */
export const GOSSIP_SUBSCRIPTIONS_MAX = 2048;
/** IDONTWANT pays only where the message is larger than 50 ids of 20 bytes. */
export const IDONTWANT_MIN_BYTES = 1024;
/** Seconds for which an id stays known: twice the time a bundle needs to cross 6 hops, retries included, many times over. */
export const GOSSIP_SEEN_MS = 120_000;
/** Ids in the seen cache, about 150 bytes each (40 MB); the oldest leave first. 2,000 bundles/s for the whole time. */
export const GOSSIP_SEEN_MAX = 262_144;
/** Heartbeats for which gossipsub keeps a message that waits for its verdict; a verdict after it forwards nothing. */
export const GOSSIP_HISTORY = 5;
export const GOSSIP_HEARTBEAT_MS = 1000;
/** Messages waiting for a verdict, and their bytes; beyond them a message is ignored (anti-entropy brings its records). */
export const PENDING_VERDICTS_MAX = 4096;
export const PENDING_VERDICT_BYTES = 33_554_432;
/** A peer for which this much gossip is waiting does not read; it is dropped and dialled again. */
export const GOSSIP_BACKLOG_BYTES = 16_777_216;
/** A ready peer without a gossip stream to it for this long hears nothing of ours: it is closed and dialled again. */
export const GOSSIP_STREAM_MISSING_MS = 10_000;

/** protocol.md, Identities: how often a node with too few peers asks one of them for more. */
export const PEERS_ASK_MS = 15_000;
/** The first ask after a hello: who joined in the same moment has said hello by then. */
export const PEERS_FIRST_ASK_MS = 3000;
/** One answer per connection in this time; a third of what an honest peer leaves between two asks. */
export const PEERS_ANSWER_MS = 5000;
/** For the negotiation and one small frame, as for a stream's negotiation alone. */
export const PEERS_TIMEOUT_MS = 5000;

/** Addresses remembered across restarts; the longest not reached leave first. */
export const ADDRESS_BOOK_MAX = 256;
export const ADDRESSES_PER_PEER = 4;
/** Addresses heard of and never reached; the oldest leave first, so one peer can't keep the table. */
export const HINTS_MAX = 256;
/** A hint that failed this often is forgotten. */
export const HINT_ATTEMPTS = 3;
/** And not taken again for this long: told anew by every answer, it would be dialled for ever. At most HINTS_MAX are kept. */
export const HINT_REST_MS = 600_000;
/** Where a node of this program listens for peers unless it is told otherwise: not the daemon's 2125 and 2126. */
export const P2P_PORT = 2135;
/** Machines that run the chain and may run this program; most don't. The oldest leave first. */
export const HOSTS_MAX = 64;
/** They are tried, one at a time, only while fewer are connected than a mesh needs to hold together. */
export const HOST_CONNECTIONS = 4;
/** A machine that did not answer is left alone for this long. */
export const HOST_REST_MS = 3_600_000;
/** The address book goes to the disk this long after a change. */
export const BOOK_SAVE_MS = 5000;
export const REDIAL_MIN_MS = 1000;
export const REDIAL_MAX_MS = 60_000;
/** A node of another network is dialled again after this long, doubled to the next: only a person changes what it is. */
export const FOREIGN_MIN_MS = 30_000;
/** Short enough that a node whose configuration was mended is found again. */
export const FOREIGN_MAX_MS = 600_000;
/** A connection that lasted this long was a good one: its peer is dialled again without added delay. */
export const STABLE_MS = 60_000;
/** Two connections between the same peers within this time are a cross dial. */
export const CROSS_DIAL_MS = 10_000;
/** The clock of redials and watches. */
export const TICK_MS = 500;
/** Refusals already told to a person; beyond it the oldest is told again. */
export const LOGGED_MAX = 256;
/** Gossip keeps the event loop no longer than this, and the messages of one step (some 0.1 ms each) beyond it. */
export const GOSSIP_SLICE_MS = 5;
export const GOSSIP_MESSAGES_AT_ONCE = 16;
/** Lines of one kind about peers in a minute: enough to see what goes on, whatever number of peer ids is made up. */
export const LINES_PER_MINUTE = 10;
