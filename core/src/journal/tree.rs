//! The Merkle tree of RFC 6962 section 2.1, appended to in logarithmic state.
//!
//! ```text
//! leaf = SHA-256(0x00 || entry)      node = SHA-256(0x01 || left || right)      empty = SHA-256("")
//! ```

use crate::crypto::{hex, sha256, sha256_parts, unhex};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A hash of the tree.
pub type Hash = [u8; 32];

/// The hash of a leaf.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256_parts(&[&[0], entry])
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256_parts(&[&[1], left, right])
}

/// A tree of `size` leaves, kept as the roots of its perfect subtrees, largest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    size: u64,
    #[serde(serialize_with = "write_hashes", deserialize_with = "read_hashes")]
    peaks: Vec<Hash>,
}

impl Tree {
    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether the state can be a tree's: one peak for each bit set in the size.
    pub fn is_sound(&self) -> bool {
        u32::try_from(self.peaks.len()) == Ok(self.size.count_ones())
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut carried = leaf;
        let mut level = self.size;
        while level & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                carried = node_hash(&left, &carried);
            }
            level >>= 1;
        }
        self.peaks.push(carried);
        self.size += 1;
    }

    /// The root over all leaves.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(first) = peaks.next() else { return sha256(b"") };
        peaks.fold(*first, |right, left| node_hash(left, &right))
    }
}

fn write_hashes<S: Serializer>(hashes: &[Hash], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(hashes.iter().map(|hash| hex(hash)))
}

fn read_hashes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Hash>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| unhex(text).ok_or_else(|| serde::de::Error::custom("a hash"))).collect()
}

/// The root over leaves given by their hashes, straight from the definition.
pub fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(b""),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// Largest power of two smaller than `n`, for `n >= 2`.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// The proof that the first `old` of `leaves` are a prefix of them all (RFC 6962 section 2.1.2).
pub fn consistency_proof(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    fn sub(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
        let n = leaves.len();
        if m == n {
            return if whole { Vec::new() } else { vec![root_of(leaves)] };
        }
        let k = split(n);
        if m <= k {
            let mut proof = sub(m, &leaves[..k], whole);
            proof.push(root_of(&leaves[k..]));
            proof
        } else {
            let mut proof = sub(m - k, &leaves[k..], false);
            proof.push(root_of(&leaves[..k]));
            proof
        }
    }
    if old == 0 || old >= leaves.len() { Vec::new() } else { sub(old, leaves, true) }
}

/// Whether `proof` shows that the tree (`old`, `old_root`) is a prefix of (`new`, `new_root`) (RFC 9162 section 2.1.4.2).
pub fn is_consistent(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty();
    }
    let mut proof = proof.iter();
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let first = if old.is_power_of_two() { Some(old_root) } else { proof.next() };
    let Some(first) = first else { return false };
    let (mut from_old, mut from_new) = (*first, *first);
    for step in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            from_old = node_hash(step, &from_old);
            from_new = node_hash(step, &from_new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            from_new = node_hash(&from_new, step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && &from_old == old_root && &from_new == new_root
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaves and roots of the Certificate Transparency test vectors.
    const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves(n: usize) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(format!("entry {i}").as_bytes())).collect()
    }

    #[test]
    fn the_roots_are_those_of_the_published_vectors() {
        let mut tree = Tree::default();
        assert_eq!(hex(&tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (leaf, root) in LEAVES.iter().zip(ROOTS) {
            tree.push(leaf_hash(&data_encoding::HEXLOWER.decode(leaf.as_bytes()).unwrap()));
            assert_eq!(hex(&tree.root()), root);
        }
    }

    /// Consistency proofs of the same published vectors: first size, second size, proof.
    const PROOFS: [(usize, usize, &[&str]); 4] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];

    #[test]
    fn the_consistency_proofs_are_those_of_the_published_vectors() {
        let bytes = |leaf: &&str| leaf_hash(&data_encoding::HEXLOWER.decode(leaf.as_bytes()).unwrap());
        let all: Vec<Hash> = LEAVES.iter().map(bytes).collect();
        for (old, new, published) in PROOFS {
            let proof = consistency_proof(old, &all[..new]);
            assert_eq!(proof.iter().map(|hash| hex(hash)).collect::<Vec<_>>(), published, "{old} of {new}");
            let (from, to) = (unhex(ROOTS[old - 1]).unwrap(), unhex(ROOTS[new - 1]).unwrap());
            assert!(is_consistent(old as u64, &from, new as u64, &to, &proof));
        }
    }

    #[test]
    fn appending_equals_the_definition() {
        let all = leaves(130);
        let mut tree = Tree::default();
        for (n, leaf) in all.iter().enumerate() {
            assert_eq!(tree.root(), root_of(&all[..n]));
            tree.push(*leaf);
            assert!(tree.is_sound());
        }
    }

    #[test]
    fn prefixes_are_proven_and_forks_are_not() {
        let all = leaves(33);
        for new in 1..=33u64 {
            let size = usize::try_from(new).unwrap();
            for old in 1..=new {
                let prefix = usize::try_from(old).unwrap();
                let proof = consistency_proof(prefix, &all[..size]);
                let (a, b) = (root_of(&all[..prefix]), root_of(&all[..size]));
                assert!(is_consistent(old, &a, new, &b, &proof), "{old} of {new}");
                let forked = leaf_hash(b"fork");
                assert!(!is_consistent(old, &forked, new, &b, &proof));
                assert!(!is_consistent(old, &a, new, &forked, &proof));
            }
        }
    }

    #[test]
    fn the_state_is_written_and_read_back() {
        let mut tree = Tree::default();
        leaves(11).into_iter().for_each(|leaf| tree.push(leaf));
        let text = serde_json::to_string(&tree).unwrap();
        assert_eq!(serde_json::from_str::<Tree>(&text).unwrap(), tree);
        assert!(serde_json::from_str::<Tree>(r#"{"size":1,"peaks":["zz"]}"#).is_err());
    }
}
