//! PNG: every colour type, depth and filter, interlaced or not, against pixels that were written here.

use super::super::png;
use super::{CANARY, contains, plain, tiff};
use crate::error::Error;
use miniz_oxide::deflate::compress_to_vec_zlib;
use proptest::prelude::*;

/// CRC-32 bit by bit, as PNG's annex D describes it.
fn crc(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
    out.extend(name);
    out.extend(content);
    out.extend(crc(&out[4..]).to_be_bytes());
    out
}

fn header(width: u32, height: u32, depth: u8, colour: u8, interlace: u8) -> Vec<u8> {
    let mut content = width.to_be_bytes().to_vec();
    content.extend(height.to_be_bytes());
    content.extend([depth, colour, 0, 0, interlace]);
    [png::SIGNATURE.to_vec(), chunk(b"IHDR", &content)].concat()
}

const SAMPLES: [usize; 7] = [1, 0, 3, 1, 2, 0, 4];

/// A picture whose samples are given by place, with a filter that changes from row to row, in three data chunks.
struct Writer {
    width: usize,
    height: usize,
    depth: usize,
    colour: u8,
    interlaced: bool,
    filter: u8,
}

impl Writer {
    fn sample(&self, x: usize, y: usize, number: usize) -> usize {
        (x * 37 + y * 101 + number * 59 + x * y) % (1 << self.depth)
    }

    fn rows(&self) -> Vec<u8> {
        let passes: &[[usize; 4]] = if self.interlaced {
            &[[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]]
        } else {
            &[[0, 0, 1, 1]]
        };
        let samples = SAMPLES[usize::from(self.colour)];
        let step = (samples * self.depth).div_ceil(8);
        let mut out = Vec::new();
        for [left, top, across, down] in passes.iter().copied() {
            let mut before: Vec<u8> = Vec::new();
            for (number, y) in (top..self.height).step_by(down).enumerate() {
                let (mut row, mut bits, mut held) = (Vec::new(), 0, 0usize);
                for x in (left..self.width).step_by(across) {
                    for number in 0..samples {
                        held = held << self.depth | self.sample(x, y, number);
                        bits += self.depth;
                        while bits >= 8 {
                            row.push(u8::try_from(held >> (bits - 8) & 255).unwrap());
                            bits -= 8;
                        }
                    }
                }
                if bits > 0 {
                    row.push(u8::try_from(held << (8 - bits) & 255).unwrap());
                }
                if row.is_empty() {
                    continue;
                }
                before.resize(row.len(), 0);
                let filter = (self.filter + u8::try_from(number % 5).unwrap()) % 5;
                out.push(filter);
                for at in 0..row.len() {
                    let earlier = |row: &[u8]| if at >= step { i32::from(row[at - step]) } else { 0 };
                    let (a, b, c) = (earlier(&row), i32::from(before[at]), earlier(&before));
                    let nearest = [a, b, c].into_iter().min_by_key(|value| (a + b - c - value).abs()).unwrap();
                    let guess = [0, a, b, (a + b) / 2, nearest][usize::from(filter)];
                    out.push(row[at].wrapping_sub(u8::try_from(guess).unwrap()));
                }
                before = row;
            }
        }
        out
    }

    fn palette() -> Vec<u8> {
        (0..256usize).flat_map(|at| [at, at * 7, at * 13].map(|value| u8::try_from(value % 256).unwrap())).collect()
    }

    fn write(&self, extra: &[Vec<u8>]) -> Vec<u8> {
        let data = compress_to_vec_zlib(&self.rows(), 6);
        let side = |length: usize| u32::try_from(length).unwrap();
        let depth = u8::try_from(self.depth).unwrap();
        let mut out = header(side(self.width), side(self.height), depth, self.colour, u8::from(self.interlaced));
        if self.colour == 3 {
            out.extend(chunk(b"PLTE", &Writer::palette()[..(1 << self.depth) * 3]));
        }
        out.extend(extra.concat());
        for part in data.chunks(data.len().div_ceil(3)) {
            out.extend(chunk(b"IDAT", part));
            out.extend(chunk(b"IDAT", b""));
        }
        out.extend(chunk(b"IEND", b""));
        out
    }

    /// What must be read at a place.
    fn expected(&self, x: usize, y: usize) -> Vec<u8> {
        let eight = |number: usize| -> usize {
            let value = self.sample(x, y, number);
            if self.depth == 16 { value >> 8 } else { value * 255 / ((1 << self.depth) - 1) }
        };
        let over =
            |value: usize, alpha: usize| u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255).unwrap();
        let [r, g, b] = match self.colour {
            0 => return vec![over(eight(0), 255)],
            4 => return vec![over(eight(0), eight(1))],
            3 => <[u8; 3]>::try_from(&Writer::palette()[self.sample(x, y, 0) * 3..][..3]).unwrap(),
            2 => [0, 1, 2].map(|number| over(eight(number), 255)),
            _ => [0, 1, 2].map(|number| over(eight(number), eight(3))),
        };
        let (y, cb, cr) = jpeg_encoder::rgb_to_ycbcr(r, g, b);
        vec![y, cb, cr]
    }
}

#[test]
fn every_kind_of_png_is_read_to_the_pixel() {
    let kinds = [
        (0, 1),
        (0, 2),
        (0, 4),
        (0, 8),
        (0, 16),
        (2, 8),
        (2, 16),
        (3, 1),
        (3, 2),
        (3, 4),
        (3, 8),
        (4, 8),
        (4, 16),
        (6, 8),
        (6, 16),
    ];
    for (colour, depth) in kinds {
        for interlaced in [false, true] {
            for filter in 0..5 {
                let writer = Writer { width: 19, height: 17, depth, colour, interlaced, filter };
                let (frame, _) = png::decode(&writer.write(&[])).unwrap();
                let read: Vec<Vec<u8>> = frame.pixels.chunks_exact(frame.channels).map(<[u8]>::to_vec).collect();
                for (at, pixel) in read.iter().enumerate() {
                    let (x, y) = (at % 19, at / 19);
                    assert_eq!(*pixel, writer.expected(x, y), "colour {colour} depth {depth} {interlaced} {x} {y}");
                }
            }
        }
    }
}

#[test]
fn what_is_transparent_lies_on_white() {
    let grey = Writer { width: 16, height: 16, depth: 8, colour: 0, interlaced: false, filter: 0 };
    let key = grey.sample(5, 3, 0);
    let source = grey.write(&[chunk(b"tRNS", &u16::try_from(key).unwrap().to_be_bytes())]);
    let (frame, _) = png::decode(&source).unwrap();
    assert_eq!(frame.pixels[3 * 16 + 5], 255);
    assert_ne!(key, 255);
    let palette = Writer { width: 16, height: 16, depth: 8, colour: 3, interlaced: false, filter: 0 };
    let (frame, _) = png::decode(&palette.write(&[chunk(b"tRNS", &[0; 256])])).unwrap();
    assert!(frame.pixels.chunks_exact(3).all(|pixel| pixel == [255, 128, 128]));
}

#[test]
fn text_times_and_profiles_are_not_kept_and_the_orientation_is_baked_in() {
    let writer = Writer { width: 40, height: 20, depth: 8, colour: 2, interlaced: false, filter: 4 };
    let private: Vec<Vec<u8>> = [b"tEXt", b"iTXt", b"zTXt", b"iCCP", b"prVt"].map(|name| chunk(name, CANARY)).into();
    let made = plain(&writer.write(&[private, vec![chunk(b"eXIf", &tiff(6, false))]].concat())).unwrap();
    assert_eq!((made.width, made.height), (20, 40));
    for bytes in [&made.jpeg, &made.thumbnail] {
        assert!(!contains(bytes, b"canary"));
    }
}

#[test]
fn bombs_and_wrong_chunks_are_refused_by_name() {
    let damaged = Some(Error::invalid("photo", "damaged or cut short"));
    let many = Some(Error::TooLarge { field: "photo.pixels", limit: 50_000_000 });
    let end = chunk(b"IEND", b"");
    let bomb = |width, height| [header(width, height, 8, 6, 0), chunk(b"IDAT", &[0; 64]), end.clone()].concat();
    for (width, height) in [(u32::MAX, u32::MAX), (0x7FFF_FFFF, 1_000), (70_000, 100), (10_000, 5_001)] {
        assert_eq!(plain(&bomb(width, height)).err(), many);
    }
    assert_eq!(plain(&bomb(10_000, 4_000)).err(), damaged, "data that end at once");
    assert_eq!(plain(&bomb(15, 100)).err(), Some(Error::invalid("photo", "a side under 16 pixels")));
    for (depth, colour) in [(3, 0), (16, 3), (4, 2), (8, 1), (8, 5), (8, 7), (0, 0), (32, 2)] {
        let source = [header(32, 32, depth, colour, 0), chunk(b"IDAT", &[0; 64]), end.clone()].concat();
        assert_eq!(plain(&source).err(), damaged, "{depth} {colour}");
    }
    let writer = Writer { width: 16, height: 16, depth: 8, colour: 2, interlaced: false, filter: 0 };
    assert_eq!(plain(&writer.write(&[chunk(b"ABCD", b"")])).err(), damaged, "a critical chunk that nobody knows");
    plain(&writer.write(&[chunk(b"abCd", b"")])).unwrap();
    let mut wrong = writer.write(&[]);
    let at = wrong.len() - 20;
    wrong[at] ^= 1;
    assert_eq!(plain(&wrong).err(), damaged, "a sum that is wrong");
    let no_palette = [header(32, 32, 8, 3, 0), chunk(b"IDAT", &compress_to_vec_zlib(&[0; 2000], 6)), end].concat();
    assert_eq!(plain(&no_palette).err(), damaged);
}

proptest! {
    /// Chunks whose sums are right, so that what is behind them is reached.
    #[test]
    fn hostile_data_behind_right_sums_are_never_a_panic(
        depth in prop::sample::select(vec![1u8, 2, 4, 8, 16]), colour in prop::sample::select(vec![0u8, 2, 3, 4, 6]),
        interlace in 0u8..2, rows in prop::collection::vec(any::<u8>(), 0..3000), raw: bool,
        palette in prop::collection::vec(any::<u8>(), 0..40), key in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let data = if raw { rows } else { compress_to_vec_zlib(&rows, 1) };
        let parts = [
            header(24, 17, depth, colour, interlace), chunk(b"PLTE", &palette), chunk(b"tRNS", &key),
            chunk(b"IDAT", &data), chunk(b"IEND", b""),
        ];
        if let Err(error) = plain(&parts.concat()) {
            prop_assert!(matches!(error, Error::Invalid { .. }), "{:?}", error);
        }
    }
}
