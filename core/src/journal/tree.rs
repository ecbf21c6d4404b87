//! The Merkle tree of RFC 6962 section 2.1 (SHA-256; leaf prefix 0x00, node prefix 0x01), with proofs.
//!
//! `MTH({}) = SHA-256()`, `MTH({d}) = SHA-256(0x00 || d)`, `MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))` with
//! `k` the largest power of two below `n`. [`Frontier`] appends in O(log n) from at most 64 hashes.

use crate::crypto::json::Digest;
use crate::crypto::{sha256, sha256_parts};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// A node of the tree.
pub type Hash = [u8; 32];

/// `SHA-256(0x00 || entry)`.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256_parts(&[&[0], entry])
}

/// `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256_parts(&[&[1], left, right])
}

/// What an append needs of a tree: its size and the roots of its perfect subtrees, largest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    size: u64,
    peaks: Vec<Digest>,
}

impl TryFrom<Parts> for Frontier {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Frontier> {
        Frontier::new(parts.size, parts.peaks.into_iter().map(|peak| peak.0).collect())
    }
}

impl From<Frontier> for Parts {
    fn from(frontier: Frontier) -> Parts {
        Parts { size: frontier.size, peaks: frontier.peaks.into_iter().map(crate::crypto::json::Hex).collect() }
    }
}

impl Frontier {
    /// From stored parts; the number of peaks is the number of ones in `size`.
    pub fn new(size: u64, peaks: Vec<Hash>) -> Result<Frontier> {
        if u32::try_from(peaks.len()) != Ok(size.count_ones()) {
            return Err(Error::Damaged { what: "journal frontier" });
        }
        Ok(Frontier { size, peaks })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the perfect subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf hash.
    pub fn append(&mut self, leaf: Hash) -> Result<()> {
        let grown = self.size.checked_add(1).ok_or(Error::Internal { code: 150 })?;
        let mut top = leaf;
        for _ in 0..self.size.trailing_ones() {
            top = node_hash(&self.peaks.pop().ok_or(Error::Internal { code: 151 })?, &top);
        }
        self.peaks.push(top);
        self.size = grown;
        Ok(())
    }

    /// The root hash.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return sha256(&[]) };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// The root over leaf hashes, by the definition.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The largest power of two below `n`, for `n >= 2`.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// `PATH(index, leaves)`: proves that a leaf is in the tree; `None` if it is not.
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) = if index < k {
        (inclusion_proof(left, index)?, root(right))
    } else {
        (inclusion_proof(right, index - k)?, root(left))
    };
    path.push(sibling);
    Some(path)
}

/// Whether `path` proves `leaf` at `index` of the tree of `size` leaves with this root (RFC 9162 section 2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut fn_, mut sn, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            hash = node_hash(sibling, &hash);
            while fn_ & 1 == 0 && fn_ != 0 {
                (fn_, sn) = (fn_ >> 1, sn >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (fn_, sn) = (fn_ >> 1, sn >> 1);
    }
    sn == 0 && hash == *root
}

/// `PROOF(old, leaves)`: proves that the tree of the first `old` leaves is a prefix; `None` unless `0 < old <= n`.
pub fn consistency_proof(leaves: &[Hash], old: usize) -> Option<Vec<Hash>> {
    fn subproof(leaves: &[Hash], old: usize, whole: bool) -> Vec<Hash> {
        if old == leaves.len() {
            return if whole { Vec::new() } else { vec![root(leaves)] };
        }
        let k = split(leaves.len());
        let (left, right) = leaves.split_at(k);
        let (mut proof, sibling) = if old <= k {
            (subproof(left, old, whole), root(right))
        } else {
            (subproof(right, old - k, false), root(left))
        };
        proof.push(sibling);
        proof
    }
    (old > 0 && old <= leaves.len()).then(|| subproof(leaves, old, true))
}

/// Whether `proof` shows that the tree `(old, old_root)` is a prefix of `(new, new_root)` (RFC 9162 section 2.1.4.2).
pub fn verify_consistency(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    let mut path = proof.iter();
    let (mut fn_, mut sn) = (old - 1, new - 1);
    while fn_ & 1 == 1 {
        (fn_, sn) = (fn_ >> 1, sn >> 1);
    }
    // A complete old tree is its own first node.
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut fr, mut sr) = (*first, *first);
    for node in path {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            (fr, sr) = (node_hash(node, &fr), node_hash(node, &sr));
            while fn_ & 1 == 0 && fn_ != 0 {
                (fn_, sn) = (fn_ >> 1, sn >> 1);
            }
        } else {
            sr = node_hash(&sr, node);
        }
        (fn_, sn) = (fn_ >> 1, sn >> 1);
    }
    sn == 0 && fr == *old_root && sr == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::hex;

    /// The leaves and roots of certificate-transparency-go `merkletree`, published with RFC 6962's reference code.
    const LEAVES: [&[u8]; 8] = [
        b"",
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ];
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

    fn published() -> Vec<Hash> {
        LEAVES.iter().map(|leaf| leaf_hash(leaf)).collect()
    }

    fn numbered(n: u64) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    #[test]
    fn the_roots_are_the_published_ones() {
        let (leaves, mut frontier) = (published(), Frontier::default());
        assert_eq!(hex(&frontier.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for n in 1..=8 {
            frontier.append(leaves[n - 1]).unwrap();
            assert_eq!((hex(&root(&leaves[..n])), hex(&frontier.root())), (ROOTS[n - 1].into(), ROOTS[n - 1].into()));
        }
    }

    #[test]
    fn the_proofs_are_the_published_ones() {
        let leaves = published();
        let texts = |proof: Option<Vec<Hash>>| proof.unwrap().iter().map(|h| hex(h)).collect::<Vec<_>>();
        assert_eq!(
            texts(inclusion_proof(&leaves, 5)),
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            texts(consistency_proof(&leaves, 6)),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
    }

    #[test]
    fn a_frontier_equals_the_definition_and_survives_storage() {
        let leaves = numbered(300);
        let mut frontier = Frontier::default();
        for n in 0..leaves.len() {
            assert_eq!(frontier.root(), root(&leaves[..n]), "{n}");
            let stored = crate::crypto::json::encode(&frontier).unwrap();
            frontier = crate::crypto::json::decode_strict(&stored).unwrap();
            frontier.append(leaves[n]).unwrap();
        }
        assert!(Frontier::new(3, vec![[0; 32]]).is_err());
        assert!(Frontier::new(u64::MAX, vec![[0; 32]; 64]).unwrap().append([0; 32]).is_err());
    }

    #[test]
    fn every_inclusion_proof_holds_and_no_changed_one_does() {
        for n in 1..=33u64 {
            let leaves = numbered(n);
            let whole = root(&leaves);
            for (index, leaf) in (0..n).zip(&leaves) {
                let path = inclusion_proof(&leaves, usize::try_from(index).unwrap()).unwrap();
                assert!(verify_inclusion(leaf, index, n, &path, &whole));
                for wrong in (0..n + 2).filter(|wrong| *wrong != index) {
                    assert!(!verify_inclusion(leaf, wrong, n, &path, &whole), "{n} {index} {wrong}");
                }
                for cut in 0..path.len() {
                    assert!(!verify_inclusion(leaf, index, n, &path[..cut], &whole));
                    let mut changed = path.clone();
                    changed[cut][0] ^= 1;
                    assert!(!verify_inclusion(leaf, index, n, &changed, &whole));
                }
                assert!(!verify_inclusion(leaf, index, n, &[&path[..], &[whole]].concat(), &whole));
            }
            assert!(inclusion_proof(&leaves, leaves.len()).is_none());
        }
    }

    #[test]
    fn every_consistency_proof_holds_and_no_changed_one_does() {
        for n in 1..=33u64 {
            let leaves = numbered(n);
            let whole = root(&leaves);
            for old in 1..=n {
                let at = usize::try_from(old).unwrap();
                let (before, proof) = (root(&leaves[..at]), consistency_proof(&leaves, at).unwrap());
                assert!(verify_consistency(old, &before, n, &whole, &proof), "{old} of {n}");
                assert!(!verify_consistency(old, &[9; 32], n, &whole, &proof));
                assert!(!verify_consistency(old, &before, n, &[9; 32], &proof));
                assert!(!verify_consistency(old, &before, n, &whole, &[&proof[..], &[whole]].concat()));
                for cut in 0..proof.len() {
                    assert!(!verify_consistency(old, &before, n, &whole, &proof[..cut]));
                    let mut changed = proof.clone();
                    changed[cut][31] ^= 1;
                    assert!(!verify_consistency(old, &before, n, &whole, &changed));
                }
            }
            assert!(consistency_proof(&leaves, 0).is_none());
            assert!(consistency_proof(&leaves, leaves.len() + 1).is_none());
        }
        assert!(!verify_consistency(0, &[0; 32], 0, &[0; 32], &[]));
    }
}
