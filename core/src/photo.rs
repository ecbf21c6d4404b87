//! Clinical photos: from a camera's bytes to what is kept, what it may be used for, and what must not be in it.
//!
//! ```text
//! bytes (JPEG or PNG, never a path) -> size checked -> decoded -> upright -> cropped and covered -> encoded as JPEG -> sealed
//! ```
//!
//! What is kept is made from pixels alone: no byte of the source's metadata goes into it. In memory are the source, one frame (3 bytes a
//! pixel) and the result; a JPEG in several scans needs the coefficients of its blocks as well (1 to 2 frames more), so fewer pixels are taken.
//! Colours are taken as sRGB: a shell converts wide-gamut pictures, as it does HEIC.
//!
//! A consent is for one photo and one purpose, in append-only records. Care needs no more than routine care; teaching and a second opinion
//! need the patient's yes, publication a yes on paper (ICMJE Recommendations, II.E.1; GMC, *Making and using visual and audio
//! recordings of patients*, 2011). Withdrawing one purpose ends its exports; withdrawing care, on which the photo stands, deletes it.

mod exif;
mod frame;
mod jpeg;
mod mark;
mod permission;
mod png;
mod record;

pub use permission::{
    PhotoBasis, PhotoConsent, PhotoConsentEntry, PhotoPurpose, PhotoStanding, PhotoWithdrawal, photo_standing,
    photo_withdrawn,
};
pub use record::{LookAnswer, Photo, PhotoCopy, PhotoLooks, may_export};

use crate::crypto::{hex, sha256};
use crate::error::{Error, Result};
use frame::{MIN_SIDE, Orientation, View, thumbnail};
use mark::Marked;

/// Longest source in bytes.
pub const MAX_SOURCE_BYTES: usize = 32 * 1024 * 1024;
/// Most pixels of a source: 50 million, 150 MB in memory. Phones' largest usual pictures have 48 million.
pub const MAX_PIXELS: usize = 50_000_000;
/// Most pixels of a JPEG in several scans, whose coefficients take up to 6 bytes a pixel beside the frame's 3.
pub const MAX_MULTI_SCAN_PIXELS: usize = 16_000_000;
/// Most covered areas in one edit.
pub const MAX_AREAS: usize = 64;
/// A picture's width or height in the units of a [`PhotoArea`].
pub const AREA_UNITS: u32 = 10_000;
/// Longest side of a thumbnail in pixels.
pub const THUMBNAIL_SIDE: usize = 256;

/// JPEG quality of what is kept (libjpeg's scale): about 2 bits a pixel, no visible loss at arm's length.
const QUALITY: u8 = 88;
const THUMBNAIL_QUALITY: u8 = 75;

/// What bytes from a camera are, by their first ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// HEIC or AVIF: the phone's own decoder reads it, this one does not.
    ConvertFirst,
}

impl PhotoFormat {
    /// Looks at the first bytes.
    ///
    /// # Errors
    /// `Invalid` with `photo.format` for anything else.
    pub fn of(bytes: &[u8]) -> Result<PhotoFormat> {
        // ISO/IEC 23008-12: a file type box first, its major brand at byte 8.
        const BRANDS: [&[u8]; 9] = [b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif"];
        if bytes.starts_with(&[0xFF, 0xD8]) {
            Ok(PhotoFormat::Jpeg)
        } else if bytes.starts_with(&png::SIGNATURE) {
            Ok(PhotoFormat::Png)
        } else if bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..12).is_some_and(|brand| BRANDS.contains(&brand)) {
            Ok(PhotoFormat::ConvertFirst)
        } else {
            Err(Error::invalid("photo.format", "neither JPEG nor PNG"))
        }
    }
}

/// A part of a picture, in ten-thousandths of its upright width and height, as the screen shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Record)]
pub struct PhotoArea {
    /// Its left edge.
    pub left: u32,
    /// Its top edge.
    pub top: u32,
    /// Its width, at least 1.
    pub width: u32,
    /// Its height, at least 1.
    pub height: u32,
}

impl PhotoArea {
    fn check(&self) -> Result<()> {
        let inside =
            |start: u32, length: u32| length > 0 && start.checked_add(length).is_some_and(|end| end <= AREA_UNITS);
        let good = inside(self.left, self.width) && inside(self.top, self.height);
        if good { Ok(()) } else { Err(Error::invalid("photo.area", "not a part of the picture")) }
    }
}

/// What is done to a picture for good. Both are parts of the picture as it is before.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct PhotoEdit {
    /// Parts to make black. Each is widened by 24 pixels: blocks of the source that straddle an edge carry traces of the inside.
    pub cover: Vec<PhotoArea>,
    /// The part to keep; `None` for all.
    pub crop: Option<PhotoArea>,
}

impl PhotoEdit {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.cover.is_empty() && self.crop.is_none()
    }

    fn check(&self) -> Result<()> {
        if self.cover.len() > MAX_AREAS {
            return Err(Error::TooLarge { field: "photo.cover", limit: MAX_AREAS as u64 });
        }
        Ok(())
    }
}

/// A picture ready to be sealed.
pub struct Picture {
    /// The picture: JPEG, upright, nothing in it but pixels.
    pub jpeg: Vec<u8>,
    /// The same small, JPEG.
    pub thumbnail: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// SHA-256 of `jpeg`, 64 hexadecimal digits.
    pub sha256: String,
}

/// Makes of a camera's bytes, or of a kept picture, what is kept. Takes about half a second for 12 megapixels.
///
/// # Errors
/// `TooLarge` with `photo.bytes`, `photo.pixels` or `photo.scans`; `Invalid` with `photo.format` for what is not taken (and for what a
/// shell must convert first, see [`PhotoFormat`]), `photo` for what is damaged or too small, `photo.area` or `photo.crop`.
pub fn prepare(source: &[u8], edit: &PhotoEdit) -> Result<Picture> {
    let (frame, orientation) = decode(source)?;
    let view = View::new(&frame, orientation, edit)?;
    let jpeg = jpeg::encode(&view, QUALITY)?;
    let thumbnail = jpeg::encode(&thumbnail(&view, THUMBNAIL_SIDE), THUMBNAIL_QUALITY)?;
    let side = |length: usize| u32::try_from(length).map_err(|_| Error::Internal { code: 502 });
    let (width, height) = (side(frame::Rows::width(&view))?, side(frame::Rows::height(&view))?);
    let sha256 = hex(&sha256(&jpeg));
    Ok(Picture { jpeg, thumbnail, width, height, sha256 })
}

/// A kept picture with its mark, for export: `text` in a strip below, `across` over its middle. Letters, digits, `-`, `.` and `:` are drawn.
///
/// # Errors
/// As [`prepare`].
pub fn marked(kept: &[u8], text: &str, across: Option<&str>) -> Result<Picture> {
    let (frame, orientation) = decode(kept)?;
    let view = View::new(&frame, orientation, &PhotoEdit::default())?;
    let marked = Marked::new(&view, text, across);
    let jpeg = jpeg::encode(&marked, QUALITY)?;
    let side = |length: usize| u32::try_from(length).map_err(|_| Error::Internal { code: 502 });
    let (width, height) = (side(frame::Rows::width(&marked))?, side(frame::Rows::height(&marked))?);
    let sha256 = hex(&sha256(&jpeg));
    Ok(Picture { jpeg, thumbnail: Vec::new(), width, height, sha256 })
}

fn decode(source: &[u8]) -> Result<(frame::Frame, Orientation)> {
    if source.len() > MAX_SOURCE_BYTES {
        return Err(Error::TooLarge { field: "photo.bytes", limit: MAX_SOURCE_BYTES as u64 });
    }
    match PhotoFormat::of(source)? {
        PhotoFormat::Jpeg => jpeg::decode(source),
        PhotoFormat::Png => png::decode(source),
        PhotoFormat::ConvertFirst => Err(Error::invalid("photo.format", "to be converted first")),
    }
}

/// Refuses a size before anything is allocated for it.
fn check_size(width: usize, height: usize, most: usize) -> Result<()> {
    if width < MIN_SIDE || height < MIN_SIDE {
        return Err(Error::invalid("photo", "a side under 16 pixels"));
    }
    if width > usize::from(u16::MAX) || height > usize::from(u16::MAX) || width * height > most {
        return Err(Error::TooLarge { field: "photo.pixels", limit: most as u64 });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
