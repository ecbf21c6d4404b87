//! The Merkle tree of RFC 6962 section 2.1, iteratively: hashes are merged like the carries of a binary counter.

use super::sha256;

/// The root over entries.
pub fn root<'e>(entries: impl IntoIterator<Item = &'e [u8]>) -> [u8; 32] {
    let mut levels: Vec<Option<[u8; 32]>> = Vec::new();
    for entry in entries {
        let mut carried = sha256(&[&[0], entry]);
        let mut level = 0;
        loop {
            match levels.get_mut(level) {
                None => {
                    levels.push(Some(carried));
                    break;
                }
                Some(slot) => match slot.take() {
                    None => {
                        *slot = Some(carried);
                        break;
                    }
                    Some(left) => carried = sha256(&[&[1], &left, &carried]),
                },
            }
            level += 1;
        }
    }
    let mut hashes = levels.into_iter().flatten();
    match hashes.next() {
        None => sha256(&[]),
        Some(lowest) => hashes.fold(lowest, |right, left| sha256(&[&[1], &left, &right])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curtain_core::journal::{leaf_hash, root_of};

    #[test]
    fn it_gives_the_published_root_and_the_cores() {
        let published: [&[u8]; 3] = [b"", &[0x00], &[0x10]];
        let hex = data_encoding::HEXLOWER.encode(&root(published));
        assert_eq!(hex, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
        let entries: Vec<Vec<u8>> = (0..100u8).map(|n| vec![n; usize::from(n)]).collect();
        for n in 0..entries.len() {
            let leaves: Vec<_> = entries[..n].iter().map(|entry| leaf_hash(entry)).collect();
            assert_eq!(root(entries[..n].iter().map(Vec::as_slice)), root_of(&leaves), "{n}");
        }
    }
}
