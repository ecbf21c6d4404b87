//! JPEG (ITU-T T.81): what a decoder is given, and what is written.
//!
//! A picture is walked before it is decoded: its size is known before anything is allocated, and only the segments that
//! make pixels go on to the decoder. Whatever else a camera wrote (EXIF, XMP, colour profiles, comments, second pictures
//! and films behind the end) is not even read, but for the orientation.
//!
//! Taken: baseline and progressive, 8 bits, grey or three colours, sampled at most 2 to 1. Refused, each by name: CMYK,
//! 12 bits, lossless, arithmetic coding, more than [`MAX_SCANS`] scans, anything cut short.

use super::frame::{Frame, Orientation, Rows};
use super::{MAX_MULTI_SCAN_PIXELS, check_size, exif};
use crate::error::{Error, Result};
use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType, SamplingFactor};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Most scans of one picture. Cameras write 1, progressive encoders about 10; each scan costs a look at every block.
const MAX_SCANS: usize = 32;

const DAMAGED: Error = Error::invalid("photo", "damaged or cut short");

const fn unsupported(why: &'static str) -> Error {
    Error::invalid("photo.format", why)
}

/// What the walk found.
struct Walked {
    /// The picture without anything but pixels.
    bare: Vec<u8>,
    width: usize,
    height: usize,
    orientation: Orientation,
}

/// Decodes a picture to its pixels.
pub(super) fn decode(source: &[u8]) -> Result<(Frame, Orientation)> {
    let Walked { bare, width, height, orientation } = walk(source)?;
    // A decoder is somebody else's code under somebody else's bytes: a panic in it refuses the picture.
    let frame = std::panic::catch_unwind(|| pixels(&bare, width, height)).unwrap_or(Err(DAMAGED))?;
    Ok((frame, orientation))
}

fn pixels(bare: &[u8], width: usize, height: usize) -> Result<Frame> {
    let options = |space| {
        DecoderOptions::new_safe()
            .set_max_width(usize::from(u16::MAX))
            .set_max_height(usize::from(u16::MAX))
            .set_strict_mode(true)
            .jpeg_set_max_scans(MAX_SCANS)
            .jpeg_set_out_colorspace(space)
    };
    let mut head = JpegDecoder::new_with_options(ZCursor::new(bare), options(ColorSpace::YCbCr));
    head.decode_headers().map_err(|_| DAMAGED)?;
    let (space, channels) = match head.input_colorspace() {
        Some(ColorSpace::YCbCr) => (ColorSpace::YCbCr, 3),
        Some(ColorSpace::RGB) => (ColorSpace::RGB, 3),
        Some(ColorSpace::Luma) => (ColorSpace::Luma, 1),
        _ => return Err(unsupported("neither grey nor three colours")),
    };
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bare), options(space));
    let mut pixels = vec![0; width * height * channels];
    decoder.decode_headers().map_err(|_| DAMAGED)?;
    if decoder.output_buffer_size() != Some(pixels.len()) {
        return Err(DAMAGED);
    }
    decoder.decode_into(&mut pixels).map_err(|_| DAMAGED)?;
    if space == ColorSpace::RGB {
        for pixel in pixels.chunks_exact_mut(3) {
            let (y, cb, cr) = jpeg_encoder::rgb_to_ycbcr(pixel[0], pixel[1], pixel[2]);
            pixel.copy_from_slice(&[y, cb, cr]);
        }
    }
    Ok(Frame { width, height, channels, pixels })
}

/// Walks the segments from start to end of image.
fn walk(source: &[u8]) -> Result<Walked> {
    let mut rest = source.strip_prefix(&[0xFF, 0xD8]).ok_or(DAMAGED)?;
    let mut bare = Vec::with_capacity(source.len());
    bare.extend_from_slice(&[0xFF, 0xD8]);
    let (mut size, mut orientation, mut scans, mut progressive) = (None, Orientation::UPRIGHT, 0, false);
    loop {
        let code;
        (code, rest) = marker(rest)?;
        if code == 0xD9 {
            break;
        }
        let (segment, after) = segment(rest)?;
        rest = after;
        match code {
            0xC0..=0xC2 => {
                if size.is_some() {
                    return Err(DAMAGED);
                }
                progressive = code == 0xC2;
                size = Some(frame_size(segment)?);
                keep(&mut bare, code, segment)?;
            }
            0xC3 | 0xC5..=0xC7 => return Err(unsupported("lossless or hierarchical JPEG")),
            0xC8..=0xCF => return Err(unsupported("arithmetic coding")),
            0xC4 | 0xDB | 0xDD => keep(&mut bare, code, segment)?,
            0xDA => {
                let (width, height) = size.ok_or(DAMAGED)?;
                scans += 1;
                if scans > MAX_SCANS {
                    return Err(Error::TooLarge { field: "photo.scans", limit: MAX_SCANS as u64 });
                }
                // Coefficients of all blocks are kept until the last scan: that is a frame or two more.
                if progressive || scans > 1 {
                    check_size(width, height, MAX_MULTI_SCAN_PIXELS)?;
                }
                keep(&mut bare, code, segment)?;
                let length = coded_length(rest)?;
                let (coded, after) = rest.split_at_checked(length).ok_or(DAMAGED)?;
                bare.extend_from_slice(coded);
                rest = after;
            }
            0xE1 => {
                if let Some(found) = segment.strip_prefix(b"Exif\0\0").and_then(exif::orientation) {
                    orientation = found;
                }
            }
            // Which colours three channels are; nothing behind its twelve bytes.
            0xEE if segment.starts_with(b"Adobe") => keep(&mut bare, code, segment.get(..12).ok_or(DAMAGED)?)?,
            0xE0..=0xEF | 0xFE => {}
            _ => return Err(DAMAGED),
        }
    }
    let (Some((width, height)), true) = (size, scans > 0) else { return Err(DAMAGED) };
    bare.extend_from_slice(&[0xFF, 0xD9]);
    Ok(Walked { bare, width, height, orientation })
}

/// The marker at the start, and what follows it. Any number of bytes 0xFF may stand before its code.
fn marker(bytes: &[u8]) -> Result<(u8, &[u8])> {
    let fill = bytes.iter().take_while(|byte| **byte == 0xFF).count();
    let (code, rest) = bytes.get(fill..).and_then(<[u8]>::split_first).ok_or(DAMAGED)?;
    if fill == 0 { Err(DAMAGED) } else { Ok((*code, rest)) }
}

/// The segment at the start without its length, and what follows it.
fn segment(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>().ok_or(DAMAGED)?;
    let length = usize::from(u16::from_be_bytes(*length)).checked_sub(2).ok_or(DAMAGED)?;
    rest.split_at_checked(length).ok_or(DAMAGED)
}

fn keep(bare: &mut Vec<u8>, code: u8, segment: &[u8]) -> Result<()> {
    let length = u16::try_from(segment.len() + 2).map_err(|_| DAMAGED)?;
    bare.extend_from_slice(&[0xFF, code]);
    bare.extend_from_slice(&length.to_be_bytes());
    bare.extend_from_slice(segment);
    Ok(())
}

/// Width and height of a start-of-frame segment, if it is one that is taken.
fn frame_size(segment: &[u8]) -> Result<(usize, usize)> {
    let (head, parts) = segment.split_first_chunk::<6>().ok_or(DAMAGED)?;
    let [precision, h1, h0, w1, w0, count] = *head;
    if precision != 8 {
        return Err(unsupported("more than 8 bits"));
    }
    if !matches!(count, 1 | 3) {
        return Err(unsupported("neither grey nor three colours"));
    }
    if parts.len() != usize::from(count) * 3 {
        return Err(DAMAGED);
    }
    // The margin of covered parts counts on it.
    if parts.chunks_exact(3).any(|part| !matches!(part[1], 0x11 | 0x12 | 0x21 | 0x22)) {
        return Err(unsupported("sampled more than 2 to 1"));
    }
    let (width, height) = (usize::from(u16::from_be_bytes([w1, w0])), usize::from(u16::from_be_bytes([h1, h0])));
    check_size(width, height, super::MAX_PIXELS)?;
    Ok((width, height))
}

/// How long the coded data at the start is: to the first marker that is no restart.
fn coded_length(bytes: &[u8]) -> Result<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr(0xFF, bytes.get(at..).ok_or(DAMAGED)?).ok_or(DAMAGED)?;
        match bytes.get(at + 1).ok_or(DAMAGED)? {
            0x00 | 0xD0..=0xD7 => at += 2,
            0xFF => at += 1,
            _ => return Ok(at),
        }
    }
}

/// Encodes a picture: baseline, whole colours (see the margin of covered parts), and nothing in it but the pixels.
pub(super) fn encode(source: &dyn Rows, quality: u8) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(source.width() * source.height() / 4);
    let mut encoder = Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    encoder.encode_image(Source::of(source)?).map_err(|_| Error::Internal { code: 501 })?;
    Ok(out)
}

/// Rows as the encoder asks for them.
struct Source<'a> {
    rows: &'a dyn Rows,
    width: u16,
    height: u16,
}

impl Source<'_> {
    fn of(rows: &dyn Rows) -> Result<Source<'_>> {
        let side =
            |length: usize| u16::try_from(length).map_err(|_| Error::invalid("photo", "a side over 65,535 pixels"));
        Ok(Source { rows, width: side(rows.width())?, height: side(rows.height())? })
    }
}

impl ImageBuffer for Source<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        if self.rows.channels() == 1 { JpegColorType::Luma } else { JpegColorType::Ycbcr }
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let mut row = Vec::with_capacity(self.rows.width() * self.rows.channels());
        self.rows.row(usize::from(y), &mut row);
        let channels = self.rows.channels();
        for (channel, buffer) in buffers.iter_mut().enumerate().take(channels) {
            buffer.extend(row.chunks_exact(channels).map(|pixel| pixel[channel]));
        }
    }
}
