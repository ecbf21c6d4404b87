//! The Merkle tree of RFC 6962 section 2.1, iteratively: hashes are merged like the carries of a binary counter.

use super::sha256;

/// A tree that grows: the root is at hand at every size, in as many hashes as the size has binary digits.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The roots of the whole subtrees, smallest first: one for each binary digit of the size.
    levels: Vec<Option<[u8; 32]>>,
    size: u64,
}

impl Tree {
    /// Adds an entry.
    pub fn push(&mut self, entry: &[u8]) {
        self.size += 1;
        let mut carried = sha256(&[&[0], entry]);
        for slot in &mut self.levels {
            match slot.take() {
                None => {
                    *slot = Some(carried);
                    return;
                }
                Some(left) => carried = sha256(&[&[1], &left, &carried]),
            }
        }
        self.levels.push(Some(carried));
    }

    /// How many entries it has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    pub fn root(&self) -> [u8; 32] {
        let mut hashes = self.levels.iter().flatten();
        match hashes.next() {
            None => sha256(&[]),
            Some(lowest) => hashes.fold(*lowest, |right, left| sha256(&[&[1], left, &right])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curtain_core::journal::{leaf_hash, root_of};

    #[test]
    fn it_gives_the_published_root_and_the_cores_at_every_size() {
        let mut tree = Tree::default();
        for entry in [&b""[..], &[0x00], &[0x10]] {
            tree.push(entry);
        }
        let hex = data_encoding::HEXLOWER.encode(&tree.root());
        assert_eq!(hex, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
        let entries: Vec<Vec<u8>> = (0..100u8).map(|n| vec![n; usize::from(n)]).collect();
        let mut tree = Tree::default();
        for n in 0..entries.len() {
            let leaves: Vec<_> = entries[..n].iter().map(|entry| leaf_hash(entry)).collect();
            assert_eq!((tree.size(), tree.root()), (n as u64, root_of(&leaves)));
            tree.push(&entries[n]);
        }
    }
}
