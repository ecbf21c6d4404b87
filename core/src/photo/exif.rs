//! The one thing that is read of EXIF (CIPA DC-008): how the camera was held.

use super::frame::Orientation;

const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;

/// The orientation in a TIFF structure; `None` when there is none, or none that can be read.
pub(super) fn orientation(tiff: &[u8]) -> Option<Orientation> {
    let big = match tiff.get(..2)? {
        b"MM" => true,
        b"II" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let long = |at: usize| -> Option<u32> {
        let bytes = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    if short(2)? != 42 {
        return None;
    }
    let directory = usize::try_from(long(4)?).ok()?;
    let count = usize::from(short(directory)?);
    for number in 0..count {
        let entry = directory.checked_add(2)?.checked_add(number * 12)?;
        if short(entry)? == ORIENTATION {
            let one = short(entry + 2)? == SHORT && long(entry + 4)? == 1;
            return one.then(|| short(entry + 8)).flatten().map(Orientation::of);
        }
    }
    None
}
