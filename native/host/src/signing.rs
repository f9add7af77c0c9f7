use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::bucket::Bucket;
use crate::chain::Bytes32;

/// What a signature covers may begin with these, each followed by a zero byte (docs/protocol.md, "Envelope", "Hello",
/// "Sync"): an envelope, the proof of a connection, the proof of a right to a body. No TOS transaction and no account
/// message begins so.
pub const SIGNED_TAGS: [&str; 3] = ["tos-ai-sync/envelope/v1", "tos-ai-sync/hello/v1", "tos-ai-sync/body-proof/v1"];

/// The longest of them is an envelope with a payload of 49,152 bytes.
pub const MAX_MESSAGE_BYTES: usize = 64 << 10;

/// The node key signs so many times as often: with it the node opens and closes each exchange with each of its peers (64),
/// and a peer that arrives fetches a day's bodies, an exchange each.
const NODE_SHARE: u32 = 16;

/// A node has one key of its own and at most a handful that author; the init message names them all.
pub const MAX_AUTHORS: usize = 64;

/// The node's keys. The plugin never sees them: it asks for signatures.
pub trait EnvelopeSigner: Send + Sync + 'static {
    /// The key that the plugin proves its connections with; none: it makes one itself.
    fn node_key(&self) -> Option<Bytes32>;

    /// Keys with which the node's owner publishes, submits and validates; at most [`MAX_AUTHORS`].
    fn author_keys(&self) -> Vec<Bytes32>;

    /// Those of [`EnvelopeSigner::author_keys`] that never signed a record anywhere. Another one, of which the plugin's
    /// directory knows nothing, may have signed elsewhere today: it signs from the next UTC day on (docs/protocol.md,
    /// "Signing").
    fn fresh_keys(&self) -> Vec<Bytes32> {
        Vec::new()
    }

    /// The TOS account signature (s, e, R) of `message` under `key`, one of the above. It is called on the host's own
    /// thread, only for messages that the policy allows, and may take some milliseconds.
    fn sign(&self, key: &Bytes32, message: &[u8]) -> Result<[u8; 96], SignerError>;
}

/// The signer can't sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignerError;

/// How often an author key signs messages of one tag; the node key may sixteen times as often. Each tag has its own budget:
/// a node that answers its peers without end still says hello to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningLimits {
    /// At once: 512. An author proves its right to the bodies of a day's submissions (256 of one author).
    pub burst: u32,
    /// In the long run: 32. The most that one author may publish on a day, 4,416 records, takes it two minutes. A tenth of
    /// a millisecond each, the signatures are no load.
    pub per_second: u32,
}

impl Default for SigningLimits {
    fn default() -> Self {
        Self { burst: 512, per_second: 32 }
    }
}

/// Why the host does not sign. The name is `error.data.reason` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The message is none that this protocol signs.
    Domain,
    /// The key is none that the host named.
    Key,
    /// Too many, too fast.
    Rate,
    /// The message is too long.
    Size,
    /// The signer failed.
    Signer,
}

impl Refusal {
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Key => "key",
            Self::Rate => "rate",
            Self::Size => "size",
            Self::Signer => "signer",
        }
    }
}

/// Signs what the policy allows. It outlives the plugin's processes: a new one finds the budget as the old one left it.
pub struct SigningPolicy {
    signer: Option<Arc<dyn EnvelopeSigner>>,
    node: Option<Bytes32>,
    authors: Vec<Bytes32>,
    fresh: Vec<Bytes32>,
    /// Author keys above [`MAX_AUTHORS`].
    left_out: usize,
    /// Of each key one for each of [`SIGNED_TAGS`].
    budgets: HashMap<Bytes32, [Bucket; SIGNED_TAGS.len()]>,
}

impl SigningPolicy {
    /// Asks the signer for its keys, once: what it names later is not used.
    pub fn new(signer: Option<Arc<dyn EnvelopeSigner>>, limits: SigningLimits, now: Instant) -> Self {
        let node = signer.as_ref().and_then(|signer| signer.node_key());
        let mut authors = signer.as_ref().map(|signer| signer.author_keys()).unwrap_or_default();
        let mut seen = HashSet::new();
        authors.retain(|key| seen.insert(*key));
        let left_out = authors.len().saturating_sub(MAX_AUTHORS);
        authors.truncate(MAX_AUTHORS);
        let mut fresh = signer.as_ref().map(|signer| signer.fresh_keys()).unwrap_or_default();
        fresh.retain(|key| authors.contains(key));
        fresh.truncate(MAX_AUTHORS);
        let budget = |key: &Bytes32, share: u32| {
            let [burst, per_second] = [limits.burst, limits.per_second].map(|limit| limit.saturating_mul(share));
            (*key, SIGNED_TAGS.map(|_| Bucket::new(burst, per_second, now)))
        };
        let mut budgets: HashMap<_, _> = authors.iter().map(|key| budget(key, 1)).collect();
        budgets.extend(node.iter().map(|key| budget(key, NODE_SHARE)));
        Self { signer, node, authors, fresh, left_out, budgets }
    }

    pub const fn node(&self) -> Option<&Bytes32> {
        self.node.as_ref()
    }

    /// Author keys of the signer that are not used: they are more than [`MAX_AUTHORS`].
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    pub fn authors(&self) -> &[Bytes32] {
        &self.authors
    }

    pub fn fresh(&self) -> &[Bytes32] {
        &self.fresh
    }

    pub fn sign(&mut self, now: Instant, key: &Bytes32, message: &[u8]) -> Result<[u8; 96], Refusal> {
        let budgets = self.budgets.get_mut(key).ok_or(Refusal::Key)?;
        let signer = self.signer.as_ref().ok_or(Refusal::Key)?;
        if message.len() > MAX_MESSAGE_BYTES {
            return Err(Refusal::Size);
        }
        let budget = signed_tag(message).and_then(|tag| budgets.get_mut(tag)).ok_or(Refusal::Domain)?;
        if !budget.take(now) {
            return Err(Refusal::Rate);
        }
        let signed = catch_unwind(AssertUnwindSafe(|| signer.sign(key, message)));
        signed.unwrap_or(Err(SignerError)).map_err(|SignerError| Refusal::Signer)
    }
}

/// Which of [`SIGNED_TAGS`] it begins with.
fn signed_tag(message: &[u8]) -> Option<usize> {
    SIGNED_TAGS.iter().position(|tag| message.strip_prefix(tag.as_bytes()).is_some_and(|rest| rest.first() == Some(&0)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Fixed;

    impl EnvelopeSigner for Fixed {
        fn node_key(&self) -> Option<Bytes32> {
            Some([1; 32])
        }

        fn author_keys(&self) -> Vec<Bytes32> {
            (2..200).map(|key| [key; 32]).collect()
        }

        fn sign(&self, _key: &Bytes32, message: &[u8]) -> Result<[u8; 96], SignerError> {
            assert!(!message.ends_with(b"panic"), "a signer that panics");
            if message.ends_with(b"fail") { Err(SignerError) } else { Ok([7; 96]) }
        }
    }

    fn policy(now: Instant) -> SigningPolicy {
        SigningPolicy::new(Some(Arc::new(Fixed)), SigningLimits { burst: 3, per_second: 1 }, now)
    }

    #[test]
    fn signs_the_three_domains_and_nothing_else() {
        let now = Instant::now();
        for tag in SIGNED_TAGS {
            let mut message = tag.as_bytes().to_vec();
            assert_eq!(policy(now).sign(now, &[1; 32], &message), Err(Refusal::Domain));
            message.push(0);
            assert_eq!(policy(now).sign(now, &[1; 32], &message), Ok([7; 96]));
        }
        let others: [&[u8]; 6] = [
            b"",
            b"\0",
            b"tos-ai-sync/nonce/v1\0",
            b"tos-ai-sync/envelope/v2\0",
            b" tos-ai-sync/envelope/v1\0",
            b"TOS-AI-SYNC/ENVELOPE/V1\0",
        ];
        for message in others {
            assert_eq!(policy(now).sign(now, &[1; 32], message), Err(Refusal::Domain));
        }
    }

    #[test]
    fn refuses_strange_keys_long_messages_and_haste() {
        let now = Instant::now();
        let hello = b"tos-ai-sync/hello/v1\0";
        let mut policy = policy(now);
        assert_eq!(policy.sign(now, &[255; 32], hello), Err(Refusal::Key));
        assert_eq!(policy.sign(now, &[(2 + MAX_AUTHORS) as u8; 32], hello), Err(Refusal::Key));
        assert_eq!(policy.left_out(), 198 - MAX_AUTHORS);
        let mut long = hello.to_vec();
        long.resize(MAX_MESSAGE_BYTES + 1, 0);
        assert_eq!(policy.sign(now, &[1; 32], &long), Err(Refusal::Size));
        for _ in 0..3 {
            assert!(policy.sign(now, &[2; 32], hello).is_ok());
        }
        assert_eq!(policy.sign(now, &[2; 32], hello), Err(Refusal::Rate));
        assert!(policy.sign(now, &[3; 32], hello).is_ok(), "another key has its own budget");
        assert!(policy.sign(now + Duration::from_secs(1), &[2; 32], hello).is_ok());
        let nobody = SigningPolicy::new(None, SigningLimits::default(), now).sign(now, &[1; 32], hello);
        assert_eq!(nobody, Err(Refusal::Key));
    }

    #[test]
    fn the_node_key_answers_a_crowd_of_peers_and_still_says_hello_to_the_next() {
        let now = Instant::now();
        let [envelope, hello, _] = SIGNED_TAGS.map(|tag| [tag.as_bytes(), b"\0"].concat());
        let mut policy = SigningPolicy::new(Some(Arc::new(Fixed)), SigningLimits::default(), now);
        // 64 peers that each fetch the bodies of 64 tasks: each exchange is closed by an envelope of the node key.
        let mut closed = || policy.sign(now, &[1; 32], &envelope).is_ok();
        assert!((0..64 * 64).all(|_| closed()));
        while closed() {}
        assert!(policy.sign(now, &[1; 32], &hello).is_ok());
    }

    #[test]
    fn a_signer_that_fails_or_panics_is_a_refusal() {
        let now = Instant::now();
        let mut policy = policy(now);
        assert_eq!(policy.sign(now, &[1; 32], b"tos-ai-sync/hello/v1\0fail"), Err(Refusal::Signer));
        assert_eq!(policy.sign(now, &[1; 32], b"tos-ai-sync/hello/v1\0panic"), Err(Refusal::Signer));
    }
}
