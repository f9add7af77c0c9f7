use std::collections::VecDeque;
use std::net::IpAddr;

use crate::chain::{Block, Bytes32, MAX_REGISTERED, Tip};

/// The most events that wait for credit (docs/managed.md, "Credit").
pub const MAX_EVENTS: usize = 4096;

/// The most memory of these events; only blocks full of registrations reach it.
pub const MAX_EVENT_BYTES: usize = 16 << 20;

/// The most hosts of one `peers` event (docs/managed.md, "Events").
pub const MAX_PEERS: usize = 64;

/// An event for the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Block(Block),
    Rewound { topoheight: u64, tip: Tip },
    Tip(Tip),
    Peers(Vec<IpAddr>),
}

impl Event {
    /// Its name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Block(_) => "block",
            Self::Rewound { .. } => "rewound",
            Self::Tip(_) => "tip",
            Self::Peers(_) => "peers",
        }
    }

    const fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Block(block) => block.registered.capacity() * size_of::<Bytes32>(),
                Self::Peers(hosts) => hosts.capacity() * size_of::<IpAddr>(),
                Self::Rewound { .. } | Self::Tip(_) => 0,
            }
    }
}

/// The next item of the queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// Number of dropped events, all older than the next item.
    Lagged(u64),
    Event(Event),
}

/// The events that the plugin's manifest names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub block: bool,
    pub rewound: bool,
    pub tip: bool,
    pub peers: bool,
}

impl Wanted {
    const fn wants(self, event: &Event) -> bool {
        match event {
            Event::Block(_) => self.block,
            Event::Rewound { .. } => self.rewound,
            Event::Tip(_) => self.tip,
            Event::Peers(_) => self.peers,
        }
    }
}

/// The result of a push.
#[derive(Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The event was queued; this many older events were dropped.
    Kept { dropped: u64 },
    /// No plugin is running, or its manifest does not name the event. A plugin requests what it needs at its start.
    Unheard,
}

/// The queue of events. The node pushes, the host's thread pops; each holds the lock for one event.
#[derive(Default)]
pub struct EventQueue {
    wanted: Option<Wanted>,
    events: VecDeque<Event>,
    bytes: usize,
    missed: u64,
}

impl EventQueue {
    /// Starts to queue events for a new plugin.
    pub fn open(&mut self, wanted: Wanted) {
        self.close();
        // Reserves the whole capacity, so that no push reallocates.
        self.events.reserve(MAX_EVENTS);
        self.wanted = Some(wanted);
    }

    pub fn close(&mut self) {
        *self = Self { events: std::mem::take(&mut self.events), ..Self::default() };
        self.events.clear();
    }

    /// A plugin is running.
    pub const fn is_open(&self) -> bool {
        self.wanted.is_some()
    }

    /// Reports possibly lost events: the plugin re-checks all blocks that are not final.
    pub const fn lost(&mut self) {
        self.missed += 1;
    }

    /// Constant time, apart from dropped events.
    pub fn push(&mut self, event: Event) -> Pushed {
        if !self.wanted.is_some_and(|wanted| wanted.wants(&event)) {
            return Pushed::Unheard;
        }
        let before = self.missed;
        let bytes = event.bytes();
        if matches!(&event, Event::Block(block) if block.registered.len() > MAX_REGISTERED) {
            // No block of the chain is this large; its line would exceed the plugin's limit.
            self.drop_all();
            self.missed += 1;
            return Pushed::Kept { dropped: self.missed - before };
        }
        while self.events.len() >= MAX_EVENTS || (self.bytes + bytes > MAX_EVENT_BYTES && !self.events.is_empty()) {
            self.drop_oldest();
        }
        self.bytes += bytes;
        self.events.push_back(event);
        Pushed::Kept { dropped: self.missed - before }
    }

    pub fn pop(&mut self) -> Option<Outgoing> {
        if self.missed > 0 {
            return Some(Outgoing::Lagged(std::mem::take(&mut self.missed)));
        }
        let event = self.events.pop_front()?;
        self.bytes -= event.bytes();
        Some(Outgoing::Event(event))
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    fn drop_oldest(&mut self) {
        if let Some(event) = self.events.pop_front() {
            self.bytes -= event.bytes();
            self.missed += 1;
        }
    }

    fn drop_all(&mut self) {
        while !self.events.is_empty() {
            self.drop_oldest();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Wanted = Wanted { block: true, rewound: true, tip: true, peers: true };

    fn block(topoheight: u64, registered: usize) -> Event {
        let registered = vec![[1; 32]; registered];
        Event::Block(Block { topoheight, height: topoheight, hash: [0; 32], timestamp_ms: 0, registered })
    }

    fn topoheight(outgoing: Option<Outgoing>) -> u64 {
        match outgoing {
            Some(Outgoing::Event(Event::Block(block))) => block.topoheight,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keeps_the_newest_and_counts_the_dropped_exactly() {
        let mut queue = EventQueue::default();
        queue.open(ALL);
        let dropped: u64 = (0..10_000)
            .map(|i| match queue.push(block(i, 0)) {
                Pushed::Kept { dropped } => dropped,
                Pushed::Unheard => panic!("unheard"),
            })
            .sum();
        assert_eq!(dropped, 10_000 - 4096);
        assert_eq!(queue.pop(), Some(Outgoing::Lagged(dropped)));
        assert_eq!(topoheight(queue.pop()), 10_000 - 4096);
        queue.push(block(10_000, 0));
        queue.push(block(10_001, 0));
        assert_eq!(queue.pop(), Some(Outgoing::Lagged(1)));
        assert_eq!(queue.len(), 4096);
        for expected in 5906..=10_001 {
            assert_eq!(topoheight(queue.pop()), expected);
        }
        assert_eq!((queue.pop(), queue.bytes), (None, 0));
    }

    #[test]
    fn is_bounded_in_memory_too() {
        let mut queue = EventQueue::default();
        queue.open(ALL);
        for i in 0..200 {
            queue.push(block(i, MAX_REGISTERED));
            assert!(queue.bytes <= MAX_EVENT_BYTES, "{}", queue.bytes);
        }
        let kept = u64::try_from(queue.len()).unwrap();
        assert!(kept > 20);
        assert_eq!(queue.pop(), Some(Outgoing::Lagged(200 - kept)));
    }

    #[test]
    fn an_impossible_block_is_a_gap_and_leaves_no_older_event_behind_it() {
        let mut queue = EventQueue::default();
        queue.open(ALL);
        queue.push(block(1, 0));
        assert_eq!(queue.push(block(2, MAX_REGISTERED + 1)), Pushed::Kept { dropped: 2 });
        queue.push(block(3, 0));
        assert_eq!(queue.pop(), Some(Outgoing::Lagged(2)));
        assert_eq!(topoheight(queue.pop()), 3);
    }

    #[test]
    fn nobody_listens_before_it_opens_and_after_it_closes() {
        let mut queue = EventQueue::default();
        assert_eq!(queue.push(block(1, 0)), Pushed::Unheard);
        queue.open(Wanted { block: true, ..Wanted::default() });
        assert_eq!(queue.push(Event::Peers(Vec::new())), Pushed::Unheard);
        assert_eq!(queue.push(block(1, 0)), Pushed::Kept { dropped: 0 });
        queue.close();
        assert_eq!((queue.push(block(2, 0)), queue.pop(), queue.len()), (Pushed::Unheard, None, 0));
    }
}
