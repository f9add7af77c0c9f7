use tos_ai_host::{Bytes32, EnvelopeSigner, KernelSigner};

use crate::options::Options;

/// The private key of a node of this devnet: anybody can make it. A real node reads its own.
fn private_key(seed: u64, node: u64, role: &str) -> Bytes32 {
    let mut scalar = tos_ai_kernel::hash(format!("mini-node key of seed {seed}: {role} {node}").as_bytes());
    // Little-endian, below 2^252 and so below the group's order.
    scalar[31] &= 0x0f;
    scalar
}

/// Keeps the keys of this node.
pub fn signer(options: &Options) -> Result<KernelSigner, String> {
    let node = private_key(options.seed, options.node, "node");
    let author = private_key(options.seed, options.node, "author");
    let signer = KernelSigner::new(Some(&node), &[author]).map_err(|_| "a key of this node is no scalar")?;
    // A data directory that is thrown away takes what its keys signed with it.
    let authors = signer.author_keys();
    Ok(signer.with_fresh(authors))
}

/// The public keys with which the nodes of this devnet author, in the order of the nodes.
pub fn author_keys(options: &Options) -> Vec<Bytes32> {
    let key = |node| KernelSigner::new(None, &[private_key(options.seed, node, "author")]).ok();
    (0..options.nodes).filter_map(key).flat_map(|signer| signer.author_keys()).collect()
}
