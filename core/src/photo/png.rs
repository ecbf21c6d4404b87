//! PNG (ISO/IEC 15948): chunks, rows and filters; the deflate stream is *miniz_oxide*'s.
//!
//! Written here because the usual crate would add 130 KB to the phone's library, half of what is left of its size; a row at a time, so
//! that only the frame is large. Taken: all colour types and depths, interlaced or not; 16 bits are cut to 8, what is transparent lies on
//! white. Refused: animations, unknown critical chunks, chunks whose sum is wrong, anything cut short. Text, time,
//! profiles and whatever else is no pixel is not read, but for the orientation.

use super::frame::{Frame, Orientation};
use super::{MAX_PIXELS, check_size, exif};
use crate::error::{Error, Result};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

/// The first eight bytes.
pub(super) const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];

const DAMAGED: Error = Error::invalid("photo", "damaged or cut short");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Colour {
    Grey,
    Rgb,
    Palette,
    GreyAlpha,
    Rgba,
}

impl Colour {
    const fn samples(self) -> usize {
        match self {
            Colour::Grey | Colour::Palette => 1,
            Colour::GreyAlpha => 2,
            Colour::Rgb => 3,
            Colour::Rgba => 4,
        }
    }
}

/// What the chunks said.
struct Picture<'a> {
    width: usize,
    height: usize,
    depth: usize,
    colour: Colour,
    interlaced: bool,
    palette: &'a [u8],
    transparent: Option<&'a [u8]>,
    data: Vec<&'a [u8]>,
    orientation: Orientation,
}

/// Decodes a picture to its pixels.
pub(super) fn decode(source: &[u8]) -> Result<(Frame, Orientation)> {
    let picture = walk(source)?;
    let channels = if matches!(picture.colour, Colour::Grey | Colour::GreyAlpha) { 1 } else { 3 };
    let Picture { width, height, .. } = picture;
    let pixels = vec![0; width * height * channels];
    let mut frame = Frame { width, height, channels, pixels };
    let mut inflater = Inflater { state: InflateState::new_boxed(DataFormat::Zlib), left: &[], parts: &picture.data };
    // Adam7: where each pass begins, and its steps.
    const PASSES: [(usize, usize, usize, usize); 7] =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let passes = if picture.interlaced { &PASSES[..] } else { &[(0, 0, 1, 1)] };
    for (left, top, across, down) in passes {
        let columns = width.saturating_sub(*left).div_ceil(*across);
        let rows = height.saturating_sub(*top).div_ceil(*down);
        if columns == 0 || rows == 0 {
            continue;
        }
        let bits = picture.colour.samples() * picture.depth;
        let length = (columns * bits).div_ceil(8);
        let (mut this, mut before) = (vec![0; length + 1], vec![0; length + 1]);
        for row in 0..rows {
            inflater.fill(&mut this)?;
            unfilter(&mut this, &before, bits.div_ceil(8))?;
            let start = (top + row * down) * width + left;
            for column in 0..columns {
                let pixel = picture.pixel(&this[1..], column)?;
                let at = (start + column * across) * channels;
                let place = frame.pixels.get_mut(at..at + channels).ok_or(DAMAGED)?;
                if channels == 1 {
                    place[0] = pixel[0];
                } else {
                    let (y, cb, cr) = jpeg_encoder::rgb_to_ycbcr(pixel[0], pixel[1], pixel[2]);
                    place.copy_from_slice(&[y, cb, cr]);
                }
            }
            std::mem::swap(&mut this, &mut before);
        }
    }
    Ok((frame, picture.orientation))
}

fn walk(source: &[u8]) -> Result<Picture<'_>> {
    let mut rest = source.strip_prefix(&SIGNATURE).ok_or(DAMAGED)?;
    let (name, header, after) = chunk(rest)?;
    rest = after;
    if name != b"IHDR" {
        return Err(DAMAGED);
    }
    let mut picture = header_of(header)?;
    loop {
        let (name, content, after) = chunk(rest)?;
        rest = after;
        match name {
            b"PLTE" if content.len() % 3 == 0 && content.len() <= 768 => picture.palette = content,
            b"tRNS" => picture.transparent = Some(content),
            b"IDAT" => picture.data.push(content),
            b"eXIf" => picture.orientation = exif::orientation(content).unwrap_or(picture.orientation),
            b"acTL" => return Err(Error::invalid("photo.format", "an animation")),
            b"IEND" => break,
            // A capital first letter: who does not know the chunk cannot show the picture.
            [first, ..] if first.is_ascii_uppercase() => return Err(DAMAGED),
            _ => {}
        }
    }
    let missing = picture.colour == Colour::Palette && picture.palette.is_empty();
    if picture.data.is_empty() || missing { Err(DAMAGED) } else { Ok(picture) }
}

fn header_of(header: &[u8]) -> Result<Picture<'static>> {
    let [w3, w2, w1, w0, h3, h2, h1, h0, depth, colour, 0, 0, interlace @ 0..=1] = *header else { return Err(DAMAGED) };
    let side = |bytes| usize::try_from(u32::from_be_bytes(bytes)).map_err(|_| DAMAGED);
    let (width, height) = (side([w3, w2, w1, w0])?, side([h3, h2, h1, h0])?);
    check_size(width, height, MAX_PIXELS)?;
    let colour = match (colour, depth) {
        (0, 1 | 2 | 4 | 8 | 16) => Colour::Grey,
        (2, 8 | 16) => Colour::Rgb,
        (3, 1 | 2 | 4 | 8) => Colour::Palette,
        (4, 8 | 16) => Colour::GreyAlpha,
        (6, 8 | 16) => Colour::Rgba,
        _ => return Err(DAMAGED),
    };
    Ok(Picture {
        width,
        height,
        depth: usize::from(depth),
        colour,
        interlaced: interlace == 1,
        palette: &[],
        transparent: None,
        data: Vec::new(),
        orientation: Orientation::UPRIGHT,
    })
}

/// Name and content of the chunk at the start, and what follows it.
fn chunk(bytes: &[u8]) -> Result<(&[u8; 4], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(DAMAGED)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| DAMAGED)?;
    let (summed, rest) = length.checked_add(4).and_then(|all| rest.split_at_checked(all)).ok_or(DAMAGED)?;
    let (sum, rest) = rest.split_first_chunk::<4>().ok_or(DAMAGED)?;
    let (name, content) = summed.split_first_chunk::<4>().ok_or(DAMAGED)?;
    if crc32(summed) == u32::from_be_bytes(*sum) { Ok((name, content, rest)) } else { Err(DAMAGED) }
}

/// CRC-32 of ISO 3309, as PNG's annex D has it.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0u32; 256];
        let mut at = 0u32;
        while at < 256 {
            let mut value = at;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[at as usize] = value;
            at += 1;
        }
        table
    };
    !bytes.iter().fold(u32::MAX, |sum, byte| TABLE[usize::from(sum.to_le_bytes()[0] ^ byte)] ^ (sum >> 8))
}

/// Takes a row's filter back (section 9.2); its first byte names the filter.
fn unfilter(row: &mut [u8], before: &[u8], step: usize) -> Result<()> {
    let (filter, row) = row.split_first_mut().ok_or(DAMAGED)?;
    let before = before.get(1..).ok_or(DAMAGED)?;
    for at in 0..row.len() {
        let left = at.checked_sub(step).map_or(0, |at| row[at]);
        let (up, corner) = (before[at], at.checked_sub(step).map_or(0, |at| before[at]));
        let guess = match filter {
            0 => return Ok(()),
            1 => left,
            2 => up,
            3 => left.midpoint(up),
            4 => paeth(left, up, corner),
            _ => return Err(DAMAGED),
        };
        row[at] = row[at].wrapping_add(guess);
    }
    Ok(())
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let far = |value: u8| (guess - i16::from(value)).abs();
    if far(left) <= far(up) && far(left) <= far(corner) {
        left
    } else if far(up) <= far(corner) {
        up
    } else {
        corner
    }
}

impl Picture<'_> {
    /// A pixel of an unfiltered row, on white: red, green, blue, or three times its grey.
    fn pixel(&self, row: &[u8], column: usize) -> Result<[u8; 3]> {
        let samples = self.colour.samples();
        let sample = |number: usize| -> Result<u16> {
            let bit = (column * samples + number) * self.depth;
            let byte = u16::from(*row.get(bit / 8).ok_or(DAMAGED)?);
            Ok(match self.depth {
                8 => byte,
                16 => byte << 8 | u16::from(*row.get(bit / 8 + 1).ok_or(DAMAGED)?),
                depth => byte >> (8 - depth - bit % 8) & ((1 << depth) - 1),
            })
        };
        let eight = |value: u16| -> u8 {
            let value = match self.depth {
                16 => value >> 8,
                8 => value,
                depth => value * (255 / ((1 << depth) - 1)),
            };
            u8::try_from(value).unwrap_or(u8::MAX)
        };
        // One colour that counts as transparent: two bytes a sample.
        let keyed = |values: &[u16]| {
            self.transparent.is_some_and(|key| {
                key.len() == values.len() * 2
                    && values.iter().zip(key.chunks_exact(2)).all(|(v, k)| *v == u16::from_be_bytes([k[0], k[1]]))
            })
        };
        let over_white = |value: u8, alpha: u8| {
            let (value, alpha) = (u32::from(value), u32::from(alpha));
            u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
        };
        Ok(match self.colour {
            Colour::Grey => {
                let value = sample(0)?;
                [if keyed(&[value]) { 255 } else { eight(value) }; 3]
            }
            Colour::GreyAlpha => [over_white(eight(sample(0)?), eight(sample(1)?)); 3],
            Colour::Rgb => {
                let values = [sample(0)?, sample(1)?, sample(2)?];
                if keyed(&values) { [255; 3] } else { values.map(eight) }
            }
            Colour::Rgba => {
                let alpha = eight(sample(3)?);
                [sample(0)?, sample(1)?, sample(2)?].map(|value| over_white(eight(value), alpha))
            }
            Colour::Palette => {
                let index = usize::from(sample(0)?);
                let colour = self.palette.get(index * 3..index * 3 + 3).ok_or(DAMAGED)?;
                let alpha = self.transparent.and_then(|alphas| alphas.get(index)).copied().unwrap_or(255);
                [colour[0], colour[1], colour[2]].map(|value| over_white(value, alpha))
            }
        })
    }
}

/// The deflate stream that lies in pieces in the data chunks.
struct Inflater<'a> {
    state: Box<InflateState>,
    left: &'a [u8],
    parts: &'a [&'a [u8]],
}

impl Inflater<'_> {
    /// Fills `row` whole.
    fn fill(&mut self, row: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while done < row.len() {
            while self.left.is_empty()
                && let Some((next, after)) = self.parts.split_first()
            {
                (self.left, self.parts) = (next, after);
            }
            let step = inflate(&mut self.state, self.left, &mut row[done..], MZFlush::None);
            self.left = self.left.get(step.bytes_consumed..).ok_or(DAMAGED)?;
            done += step.bytes_written;
            let moved = step.bytes_consumed + step.bytes_written > 0;
            match step.status {
                Ok(MZStatus::Ok) if moved => {}
                Ok(MZStatus::StreamEnd) if done == row.len() => {}
                _ => return Err(DAMAGED),
            }
        }
        Ok(())
    }
}
