use tos_ai_kernel::{Signer, public_key};
use zeroize::Zeroizing;

use crate::chain::Bytes32;
use crate::signing::{EnvelopeSigner, SignerError};

/// A signer over `tos-ai-kernel`. Its keys are in memory and wiped when dropped; wipe the source that you read them
/// from.
pub struct KernelSigner {
    node: Option<Bytes32>,
    authors: Vec<Bytes32>,
    fresh: Vec<Bytes32>,
    keys: Vec<HeldKey>,
}

struct HeldKey {
    public: Bytes32,
    private: Zeroizing<Bytes32>,
    /// One per key, because a signer caches values derived from its last key.
    signer: Signer,
}

impl KernelSigner {
    /// A private key is a scalar of 32 bytes (little-endian, below the group's order, not zero).
    ///
    /// # Errors
    /// A key is not such a scalar.
    pub fn new(node: Option<&Bytes32>, authors: &[Bytes32]) -> Result<Self, SignerError> {
        let public = |private: &Bytes32| public_key(private).map_err(|_| SignerError);
        let held = |private: &Bytes32| {
            Ok(HeldKey { public: public(private)?, private: Zeroizing::new(*private), signer: Signer::new() })
        };
        Ok(Self {
            node: node.map(public).transpose()?,
            authors: authors.iter().map(public).collect::<Result<_, _>>()?,
            fresh: Vec::new(),
            keys: node.into_iter().chain(authors).map(held).collect::<Result<_, SignerError>>()?,
        })
    }

    /// Marks these public keys as never used for a record ([`EnvelopeSigner::fresh_keys`]).
    #[must_use]
    pub fn with_fresh(self, fresh: Vec<Bytes32>) -> Self {
        Self { fresh, ..self }
    }
}

impl EnvelopeSigner for KernelSigner {
    fn node_key(&self) -> Option<Bytes32> {
        self.node
    }

    fn author_keys(&self) -> Vec<Bytes32> {
        self.authors.clone()
    }

    fn fresh_keys(&self) -> Vec<Bytes32> {
        self.fresh.clone()
    }

    fn sign(&self, key: &Bytes32, message: &[u8]) -> Result<[u8; 96], SignerError> {
        let held = self.keys.iter().find(|held| held.public == *key).ok_or(SignerError)?;
        held.signer.sign(held.private.as_slice(), message).map_err(|_| SignerError)
    }
}

#[cfg(test)]
mod tests {
    use tos_ai_kernel::verify_plain;

    use super::*;

    #[test]
    fn signs_with_the_key_that_was_asked_for() {
        let mut one = [0; 32];
        one[0] = 1;
        let mut two = [0; 32];
        two[0] = 2;
        let signer = KernelSigner::new(Some(&one), &[two]).unwrap();
        let keys = [signer.node_key().unwrap(), signer.author_keys()[0]];
        for key in keys {
            let signature = signer.sign(&key, b"message").unwrap();
            assert_eq!(verify_plain(&key, b"message", &signature[..64]), Ok(true));
        }
        assert_eq!(signer.sign(&[0; 32], b"message"), Err(SignerError));
        assert!(KernelSigner::new(Some(&[0; 32]), &[]).is_err());
        assert!(KernelSigner::new(None, &[[255; 32]]).is_err());
    }
}
