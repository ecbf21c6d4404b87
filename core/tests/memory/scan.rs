//! Reading the own process's writable pages, and looking in them for masked values.

use curtain_core::memory::tap::MASK;
use curtain_core::memory::with_scrubbed_stack;
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

const CHUNK: usize = 1 << 20;
/// Longer than any value that is looked for.
const OVERLAP: usize = 512;
const PAGE: usize = 4096;
const WIDE: u64 = u64::from_ne_bytes([MASK; 8]);

/// A value to look for, masked, and what it is.
pub(crate) struct Needle {
    pub(crate) name: String,
    masked: Vec<u8>,
}

/// Where a value was found.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) address: usize,
}

/// The values that are looked for, and the buffer that memory is read into, which is not looked at itself.
pub(crate) struct Scanner {
    needles: Vec<Needle>,
    by_start: HashMap<u64, Vec<usize>>,
    starts: Vec<bool>,
    buffer: Vec<u8>,
    pub(crate) bytes_read: u64,
}

fn slot(start: u64) -> usize {
    usize::try_from(start.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48).unwrap()
}

impl Scanner {
    pub(crate) fn new() -> Scanner {
        let buffer = vec![0; CHUNK];
        Scanner { needles: Vec::new(), by_start: HashMap::new(), starts: vec![false; 1 << 16], buffer, bytes_read: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.needles.clear();
        self.by_start.clear();
        self.starts.fill(false);
    }

    pub(crate) fn needles(&self) -> usize {
        self.needles.len()
    }

    /// Looks for a masked value from now on; a value that is looked for already keeps its first name, but for the general one.
    /// Says whether it is new.
    pub(crate) fn add(&mut self, name: &str, masked: Vec<u8>) -> bool {
        assert!((8..OVERLAP).contains(&masked.len()), "{name} has {} bytes", masked.len());
        let start = u64::from_ne_bytes(masked[..8].try_into().unwrap());
        let same = self.by_start.entry(start).or_default();
        if let Some(at) = same.iter().find(|at| self.needles[**at].masked == masked) {
            let known = &mut self.needles[*at].name;
            if known == "a secret" {
                name.clone_into(known);
            }
            return false;
        }
        same.push(self.needles.len());
        with_scrubbed_stack(|| self.starts[slot(start ^ WIDE)] = true);
        self.needles.push(Needle { name: name.to_owned(), masked });
        true
    }

    /// Every place in writable memory where a whole value stands.
    pub(crate) fn scan(&mut self) -> Vec<Hit> {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let memory = File::open("/proc/self/mem").unwrap();
        let own = self.buffer.as_ptr() as usize..self.buffer.as_ptr() as usize + self.buffer.len();
        let mut hits = Vec::new();
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            if !rights.starts_with("rw") {
                continue;
            }
            let region = words.nth(3).unwrap_or("anonymous").to_owned();
            let (from, to) = range.split_once('-').unwrap();
            let (from, to) = (usize::from_str_radix(from, 16).unwrap(), usize::from_str_radix(to, 16).unwrap());
            for (from, to) in [(from, to.min(own.start)), (from.max(own.end), to)] {
                if from < to && !(from >= own.start && to <= own.end) {
                    self.scan_range(&memory, from, to, &region, &mut hits);
                }
            }
        }
        self.buffer.fill(0);
        hits.sort_by_key(|hit| hit.address);
        hits.dedup_by_key(|hit| (hit.address, hit.name.clone()));
        hits
    }

    fn scan_range(&mut self, memory: &File, from: usize, to: usize, region: &str, hits: &mut Vec<Hit>) {
        let mut at = from;
        while at < to {
            let length = (to - at).min(CHUNK);
            // Guard pages and the like cannot be read; neither can anybody else.
            if memory.read_exact_at(&mut self.buffer[..length], at as u64).is_ok() {
                self.bytes_read += length as u64;
                self.look(length, at, region, hits);
            }
            at += if length == CHUNK { CHUNK - OVERLAP } else { length };
        }
    }

    fn look(&self, length: usize, address: usize, region: &str, hits: &mut Vec<Hit>) {
        const ZERO: [u8; PAGE] = [0; PAGE];
        let bytes = &self.buffer[..length];
        let mut window = 0u64;
        let mut page = 0;
        while page < length {
            let end = (page + PAGE).min(length);
            if bytes[page..end] == ZERO[..end - page] {
                window = 0;
                page = end;
                continue;
            }
            for (offset, byte) in bytes[page..end].iter().enumerate() {
                window = window >> 8 | u64::from(*byte) << 56;
                if self.starts[slot(window)] && page + offset >= 7 {
                    self.compare(window, &bytes[page + offset - 7..], address + page + offset - 7, region, hits);
                }
            }
            page = end;
        }
    }

    #[inline(never)]
    fn compare(&self, window: u64, bytes: &[u8], address: usize, region: &str, hits: &mut Vec<Hit>) {
        for at in self.by_start.get(&(window ^ WIDE)).into_iter().flatten() {
            let needle = &self.needles[*at];
            let whole = needle.masked.len() <= bytes.len();
            if whole && needle.masked.iter().zip(bytes).all(|(masked, byte)| masked ^ MASK == *byte) {
                hits.push(Hit { name: needle.name.clone(), region: region.to_owned(), address });
            }
        }
    }
}

/// What *ring* makes of a key for HMAC and keeps: the states of the hash after the inner and the outer block, masked.
pub(crate) fn hmac_states(masked: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    with_scrubbed_stack(|| {
        let mask = |bytes: Vec<u8>| -> Vec<u8> { bytes.iter().map(|byte| byte ^ MASK).collect() };
        let block = |size: usize, pad: u8| -> Vec<u8> {
            (0..size).map(|at| pad ^ masked.get(at).map_or(0, |byte| byte ^ MASK)).collect()
        };
        let mut states = Vec::new();
        for (name, pad) in [("inner state of HMAC-SHA256", 0x36), ("outer state of HMAC-SHA256", 0x5c)] {
            let mut state = SHA256_START;
            sha2::compress256(&mut state, &[*sha2::digest::generic_array::GenericArray::from_slice(&block(64, pad))]);
            states.push((name, mask(state.iter().flat_map(|word| word.to_ne_bytes()).collect())));
        }
        for (name, pad) in [("inner state of HMAC-SHA512", 0x36), ("outer state of HMAC-SHA512", 0x5c)] {
            let mut state = SHA512_START;
            sha2::compress512(&mut state, &[*sha2::digest::generic_array::GenericArray::from_slice(&block(128, pad))]);
            states.push((name, mask(state.iter().flat_map(|word| word.to_ne_bytes()).collect())));
        }
        states
    })
}

/// FIPS 180-4 section 5.3.3.
const SHA256_START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// FIPS 180-4 section 5.3.5.
const SHA512_START: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];
