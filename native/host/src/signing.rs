use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::bucket::Bucket;
use crate::chain::Bytes32;

/// The domain tags of signed messages, each followed by a zero byte (docs/protocol.md, "Envelope", "Hello", "Sync"): an
/// envelope, the proof of a connection, the proof of a right to a body. No TOS transaction and no account message
/// starts with one of them.
pub const SIGNED_TAGS: [&str; 3] = ["tos-ai-sync/envelope/v1", "tos-ai-sync/hello/v1", "tos-ai-sync/body-proof/v1"];

/// The longest signed message: an envelope with a payload of 49,152 bytes fits.
pub const MAX_MESSAGE_BYTES: usize = 64 << 10;

/// The factor of the node key's budget. The node key signs twice in each exchange with each of 64 peers, and a new peer
/// fetches a day's bodies with one exchange each.
const NODE_SHARE: u32 = 16;

/// The most author keys of a host: the `init` message lists all keys.
pub const MAX_AUTHORS: usize = 64;

/// The node's keys. The plugin never receives a private key; it requests signatures.
///
/// ```
/// use tos_ai_host::{Bytes32, EnvelopeSigner, SignerError};
///
/// /// Signs with a key in the node's wallet.
/// struct Wallet;
///
/// impl EnvelopeSigner for Wallet {
///     fn node_key(&self) -> Option<Bytes32> {
///         None // The plugin creates its own node key.
///     }
///
///     fn author_keys(&self) -> Vec<Bytes32> {
///         vec![[1; 32]]
///     }
///
///     fn sign(&self, key: &Bytes32, _message: &[u8]) -> Result<[u8; 96], SignerError> {
///         if *key == [1; 32] { Ok([0; 96]) } else { Err(SignerError) }
///     }
/// }
///
/// assert!(Wallet.sign(&[1; 32], b"tos-ai-sync/hello/v1\0").is_ok());
/// ```
pub trait EnvelopeSigner: Send + Sync + 'static {
    /// The key that identifies the node to its peers. `None`: the plugin creates its own key.
    fn node_key(&self) -> Option<Bytes32>;

    /// Keys with which the node's owner publishes, submits and validates; at most [`MAX_AUTHORS`].
    fn author_keys(&self) -> Vec<Bytes32>;

    /// The keys of [`EnvelopeSigner::author_keys`] that never signed a record. Any other key that is new to the
    /// plugin's directory may have signed elsewhere today; the plugin uses it from the next UTC day on
    /// (docs/protocol.md, "Signing").
    fn fresh_keys(&self) -> Vec<Bytes32> {
        Vec::new()
    }

    /// The TOS account signature (s, e, R) of `message` under `key`. Called on the host's thread, only for keys named
    /// above and messages that the policy allows. It may take some milliseconds.
    ///
    /// # Errors
    /// The signer can't sign now.
    fn sign(&self, key: &Bytes32, message: &[u8]) -> Result<[u8; 96], SignerError>;
}

/// The signer can't sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignerError;

impl fmt::Display for SignerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the signer can't sign")
    }
}

impl Error for SignerError {}

/// The rate limit of an author key for messages of one tag. The node key has sixteen times this limit. Each tag has its
/// own budget, so that a node under load from its peers can still sign a hello for the next peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningLimits {
    /// Burst: 512. An author proves its right to the bodies of a day's submissions, up to 256 per author.
    pub burst: u32,
    /// Refill per second: 32. The daily maximum of one author, 4,416 records, takes two minutes. A signature takes a
    /// tenth of a millisecond.
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
    /// The message has none of [`SIGNED_TAGS`].
    Domain,
    /// The host did not name the key.
    Key,
    /// The budget is used up.
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

/// Checks and rate-limits signature requests. The budgets survive a restart of the plugin.
pub struct SigningPolicy {
    signer: Option<Arc<dyn EnvelopeSigner>>,
    node: Option<Bytes32>,
    authors: Vec<Bytes32>,
    fresh: Vec<Bytes32>,
    /// Author keys above [`MAX_AUTHORS`].
    left_out: usize,
    /// For each key, one budget for each of [`SIGNED_TAGS`].
    budgets: HashMap<Bytes32, [Bucket; SIGNED_TAGS.len()]>,
}

impl SigningPolicy {
    /// Reads the signer's keys once; keys added later are not used.
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

    /// Number of author keys above [`MAX_AUTHORS`]; they are not used.
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
