//! Merkle trees over a growing list, with the hashing of RFC 9162 §2.1: what a transparency log is made of.
//!
//! A tree is kept as its [`Peaks`], the roots of the perfect subtrees that its leaves fall into: appending takes
//! O(log n) and nothing else has to be remembered. Proofs are made of ranges of leaves ([`inclusion`], [`consistency`]),
//! so that whoever has the leaves can stream them and need not hold the tree.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// A leaf, a node or a root, 256 bits.
pub type MerkleHash = [u8; 32];

/// The hash of a leaf (RFC 9162 §2.1.1): SHA-256 over a zero byte and the parts one after the other.
pub fn leaf_hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> MerkleHash {
    let mut hash = Sha256::new_with_prefix([0]);
    parts.into_iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// A hash as it is written: base64 (RFC 4648 §4).
pub fn in_base64(hash: &MerkleHash) -> String {
    STANDARD.encode(hash)
}

/// A hash that [`in_base64`] wrote; `None` for anything else.
pub fn from_base64(text: &str) -> Option<MerkleHash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn node_hash(left: &MerkleHash, right: &MerkleHash) -> MerkleHash {
    let mut bytes = [1; 65];
    let (_, children) = bytes.split_at_mut(1);
    let (first, second) = children.split_at_mut(32);
    first.copy_from_slice(left);
    second.copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// A tree of so many leaves, as the roots of its perfect subtrees, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    size: u64,
    hashes: Vec<MerkleHash>,
}

impl Peaks {
    /// The peaks that [`Self::to_bytes`] wrote; `None` where their number does not fit the size.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        let fits = rest.is_empty() && u32::try_from(hashes.len()) == Ok(size.count_ones());
        fits.then(|| Self { size, hashes: hashes.to_vec() })
    }

    /// The hashes one after the other, largest subtree first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.concat()
    }

    /// Leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends one leaf.
    pub fn push(&mut self, leaf: MerkleHash) {
        let mut hash = leaf;
        // As adding one to the size carries: each subtree of the same size is joined with it.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// The root of the whole tree (RFC 9162 §2.1.1); of an empty one the hash of nothing.
    pub fn root(&self) -> MerkleHash {
        let mut from_the_right = self.hashes.iter().rev();
        match from_the_right.next() {
            None => Sha256::digest([]).into(),
            Some(last) => from_the_right.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

/// Where a tree of more than one leaf is divided: the largest power of two below its size.
const fn division(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The ranges of leaves whose roots prove that a leaf is in a tree of `size`, in the order of the proof (RFC 9162
/// §2.1.3.1). Empty where there is no such leaf.
pub fn inclusion(index: u64, size: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    let mut within = 0..size;
    while within.contains(&index) && within.end - within.start > 1 {
        let middle = within.start + division(within.end - within.start);
        let (left, right) = (within.start..middle, middle..within.end);
        let sibling;
        (within, sibling) = if index < middle { (left, right) } else { (right, left) };
        ranges.push(sibling);
    }
    ranges.reverse();
    ranges
}

/// The ranges of leaves whose roots prove that a tree of `earlier` leaves is the beginning of one of `size`, in the order
/// of the proof (RFC 9162 §2.1.4.1). Empty where nothing has to be proven.
pub fn consistency(earlier: u64, size: u64) -> Vec<Range<u64>> {
    if earlier == 0 || earlier >= size {
        return Vec::new();
    }
    let mut ranges = Vec::new();
    let (mut within, mut whole) = (0..size, true);
    while within.end != earlier {
        let middle = within.start + division(within.end - within.start);
        if earlier <= middle {
            ranges.push(middle..within.end);
            within.end = middle;
        } else {
            ranges.push(within.start..middle);
            within.start = middle;
            whole = false;
        }
    }
    if !whole {
        ranges.push(within);
    }
    ranges.reverse();
    ranges
}

/// Whether the proof leads from the leaf to the root (RFC 9162 §2.1.3.2).
pub fn includes(leaf: MerkleHash, index: u64, size: u64, proof: &[MerkleHash], root: &MerkleHash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for step in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(step, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, step);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether the proof shows that the earlier tree is the beginning of the later one (RFC 9162 §2.1.4.2).
pub fn extends(
    (earlier, earlier_root): (u64, &MerkleHash),
    (size, root): (u64, &MerkleHash),
    proof: &[MerkleHash],
) -> bool {
    if earlier > size {
        return false;
    }
    if earlier == 0 || earlier == size {
        return proof.is_empty() && (earlier == 0 || earlier_root == root);
    }
    let (mut node, mut last) = (earlier - 1, size - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    // Of a perfect tree the proof leaves its own root out.
    let mut steps = proof.iter();
    let first = if earlier.is_power_of_two() { Some(earlier_root) } else { steps.next() };
    let Some(first) = first else { return false };
    let (mut before, mut after) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            before = node_hash(step, &before);
            after = node_hash(step, &after);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            after = node_hash(&after, step);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && before == *earlier_root && after == *root
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// MTH as RFC 9162 §2.1.1 writes it.
    fn naive(leaves: &[MerkleHash]) -> MerkleHash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            _ => {
                let mut k = 1;
                while k * 2 < leaves.len() {
                    k *= 2;
                }
                let (left, right) = leaves.split_at(k);
                node_hash(&naive(left), &naive(right))
            }
        }
    }

    fn leaves(count: usize) -> Vec<MerkleHash> {
        (0..count).map(|n| leaf_hash([n.to_be_bytes().as_slice()])).collect()
    }

    fn peaks(leaves: &[MerkleHash]) -> Peaks {
        let mut peaks = Peaks::default();
        leaves.iter().for_each(|leaf| peaks.push(*leaf));
        peaks
    }

    fn roots(leaves: &[MerkleHash], ranges: Vec<Range<u64>>) -> Vec<MerkleHash> {
        let at = |n: u64| usize::try_from(n).unwrap();
        ranges.into_iter().map(|range| naive(&leaves[at(range.start)..at(range.end)])).collect()
    }

    /// The leaves and roots that implementations of Certificate Transparency test each other with.
    #[test]
    fn the_known_trees_come_out() {
        let inputs =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Peaks::default();
        assert_eq!(hex::encode(tree.root()), roots[0]);
        for (input, root) in inputs.iter().zip(&roots[1..]) {
            tree.push(leaf_hash([hex::decode(input).unwrap().as_slice()]));
            assert_eq!(hex::encode(tree.root()), *root);
        }
    }

    proptest! {
        #[test]
        fn peaks_lead_to_the_root_of_the_definition(count in 0_usize..300) {
            let leaves = leaves(count);
            let tree = peaks(&leaves);
            prop_assert_eq!(tree.root(), naive(&leaves));
            prop_assert_eq!(Peaks::from_bytes(tree.size(), &tree.to_bytes()), Some(tree.clone()));
            prop_assert_eq!(Peaks::from_bytes(tree.size() + 1, &tree.to_bytes()).is_some(),
                (count + 1).count_ones() == count.count_ones());
        }

        #[test]
        fn every_leaf_is_proven_and_no_other(size in 1_usize..200, index in 0_usize..200, wrong in 0_usize..200) {
            prop_assume!(index < size && wrong < size && wrong != index);
            let leaves = leaves(size);
            let root = naive(&leaves);
            let (size, at) = (size as u64, index as u64);
            let proof = roots(&leaves, inclusion(at, size));
            prop_assert!(includes(leaves[index], at, size, &proof, &root));
            prop_assert!(!includes(leaves[wrong], at, size, &proof, &root));
            prop_assert!(!includes(leaves[index], wrong as u64, size, &proof, &root));
            prop_assert!(!includes(leaves[index], at, size, &proof, &leaf_hash([])));
            prop_assert!(!includes(leaves[index], at, size, &proof[1..], &root));
            prop_assert!(!includes(leaves[index], size, size, &proof, &root));
        }

        /// The ranges of a proof and the leaf itself cover the tree, each leaf once.
        #[test]
        fn a_proof_covers_the_tree_once(size in 1_u64..500, index in 0_u64..500) {
            prop_assume!(index < size);
            let mut ranges = inclusion(index, size);
            ranges.push(index..index + 1);
            ranges.sort_by_key(|range| range.start);
            let end = ranges.iter().try_fold(0, |end, range| (range.start == end).then_some(range.end));
            prop_assert_eq!(end, Some(size));
        }

        #[test]
        fn every_beginning_is_proven_and_no_other_tree(size in 1_usize..200, earlier in 1_usize..200) {
            prop_assume!(earlier <= size);
            let leaves = leaves(size);
            let (before, after) = (naive(&leaves[..earlier]), naive(&leaves));
            let (m, n) = (earlier as u64, size as u64);
            let proof = roots(&leaves, consistency(m, n));
            prop_assert!(extends((m, &before), (n, &after), &proof));
            // A tree that was rewritten before its end is no longer the beginning.
            let mut other = leaves.clone();
            other[earlier / 2] = leaf_hash([b"rewritten".as_slice()]);
            let rewritten = roots(&other, consistency(m, n));
            prop_assert!(!extends((m, &before), (n, &naive(&other)), &rewritten));
            prop_assert!(!extends((m, &leaf_hash([])), (n, &after), &proof));
            if earlier < size {
                prop_assert!(!extends((m, &before), (n, &after), &proof[1..]));
                prop_assert!(!extends((n, &after), (m, &before), &proof));
            }
        }
    }
}
