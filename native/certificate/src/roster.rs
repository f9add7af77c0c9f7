//! Dated rosters and their weights.

/// A member of a roster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Member {
    /// Public key of an author.
    pub key: [u8; 32],
    /// 1 to 10,000.
    pub weight: u16,
}

/// The roster from a day on, in any order of its members.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Roster {
    /// Days since 1970-01-01 UTC.
    pub from_day: u32,
    /// Over 256 the greatest weights stay, ties to the lower key.
    pub members: Vec<Member>,
}

/// The network rule `rosterMax` of all networks but devnets with own rules.
const ROSTER_MAX: usize = 256;
const DAY_SECONDS: u64 = 86_400;

/// The members, ascending by key, of the roster of the day before that of `t0`, if its digest is this.
pub fn roster_of(genesis: &[u8; 32], rosters: &[Roster], t0: u64, digest: &[u8; 32]) -> Option<Vec<Member>> {
    let day = u32::try_from((t0 / DAY_SECONDS).checked_sub(1)?).ok()?;
    let newest = rosters.iter().filter(|roster| roster.from_day <= day).max_by_key(|roster| roster.from_day)?;
    let mut members = newest.members.clone();
    members.sort_by(|a, b| b.weight.cmp(&a.weight).then(a.key.cmp(&b.key)));
    members.truncate(ROSTER_MAX);
    members.sort_by_key(|member| member.key);
    let count = u16::try_from(members.len()).ok().filter(|&count| count > 0)?;
    let mut hashed = b"tos-ai-sync/roster/v1\0".to_vec();
    hashed.extend_from_slice(genesis);
    hashed.extend_from_slice(&day.to_be_bytes());
    hashed.extend_from_slice(&count.to_be_bytes());
    for member in &members {
        hashed.extend_from_slice(&member.key);
        hashed.extend_from_slice(&member.weight.to_be_bytes());
    }
    (tos_ai_kernel::hash(&hashed) == *digest).then_some(members)
}

/// A roster without the publisher and the submitter.
pub struct Electorate<'a> {
    pub members: &'a [Member],
    pub publisher: &'a [u8; 32],
    pub submitter: &'a [u8; 32],
}

impl Electorate<'_> {
    fn votes(&self, member: &Member) -> bool {
        member.key != *self.publisher && member.key != *self.submitter
    }

    fn at(&self, index: u16) -> Option<&Member> {
        self.members.get(usize::from(index)).filter(|member| self.votes(member))
    }

    /// The weight of a member who votes.
    pub fn weight_at(&self, index: u16) -> Option<u64> {
        self.at(index).map(|member| u64::from(member.weight))
    }

    pub fn key_at(&self, index: u16) -> Option<&[u8; 32]> {
        self.at(index).map(|member| &member.key)
    }

    /// R: the weight of the whole roster.
    pub fn roster_weight(&self) -> u64 {
        self.members.iter().map(|member| u64::from(member.weight)).sum()
    }

    /// W.
    pub fn weight(&self) -> u64 {
        self.members.iter().filter(|member| self.votes(member)).map(|member| u64::from(member.weight)).sum()
    }
}
