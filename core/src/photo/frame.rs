//! Pixels, and the ways to read them: upright, cropped, with covered parts. A second frame is never made for that: rows are
//! read from the one that was decoded, in the order in which the encoder wants them.

use super::{AREA_UNITS, PhotoArea, PhotoEdit};
use crate::error::{Error, Result};

/// Shortest side of a picture in pixels.
pub(super) const MIN_SIDE: usize = 16;

/// What a covered part is widened by on each side, in pixels. Blocks of a JPEG that straddle the edge carry traces of what is inside to the
/// outside: in the source 15 pixels of a block of 16, and 2 by the smoothing of halved colours; in what was kept of it, 7 of a block of 8.
/// Keeping it again and again adds nothing, since it is encoded in whole colours and on the same grid.
const MARGIN: usize = 24;
/// A JPEG's grid: a crop begins on it.
const BLOCK: usize = 8;

/// Black, in Y Cb Cr.
const BLACK: [u8; 3] = [0, 128, 128];

/// A decoded picture: rows of grey values, or of Y Cb Cr as JPEG has them (ITU-T T.871).
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    /// 1 or 3.
    pub(super) channels: usize,
    pub(super) pixels: Vec<u8>,
}

/// Something that gives a picture row by row.
pub(super) trait Rows {
    /// Width in pixels.
    fn width(&self) -> usize;
    /// Height in pixels.
    fn height(&self) -> usize;
    /// Values for a pixel: 1 or 3.
    fn channels(&self) -> usize;
    /// Puts row `y` into `row`, in place of what was there.
    fn row(&self, y: usize, row: &mut Vec<u8>);
}

/// How a camera was held: the eight values of EXIF 2.32, tag 274.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    pub(super) const UPRIGHT: Orientation = Orientation(1);

    /// Anything but 1 to 8 counts as upright.
    pub(super) fn of(value: u16) -> Orientation {
        u8::try_from(value).ok().filter(|value| (1..=8).contains(value)).map_or(Orientation::UPRIGHT, Orientation)
    }

    fn transposed(self) -> bool {
        self.0 >= 5
    }

    fn right_first(self) -> bool {
        matches!(self.0, 2 | 3 | 7 | 8)
    }

    fn bottom_first(self) -> bool {
        matches!(self.0, 3 | 4 | 6 | 7)
    }
}

/// A part of a picture in pixels, as ranges.
#[derive(Clone, Copy)]
struct Window {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
}

impl Window {
    /// Every pixel that the area touches, and `margin` more on each side.
    fn of(area: &PhotoArea, width: usize, height: usize, margin: usize) -> Result<Window> {
        area.check()?;
        let span = |start: u32, length: u32, side: usize| -> Result<(usize, usize)> {
            let (side, units) = (side as u64, u64::from(AREA_UNITS));
            let first = u64::from(start) * side / units;
            let last = ((u64::from(start) + u64::from(length)) * side).div_ceil(units);
            let read = |value: u64| usize::try_from(value).map_err(|_| Error::Internal { code: 500 });
            Ok((read(first)?.saturating_sub(margin), (read(last)? + margin).min(read(side)?)))
        };
        let (left, right) = span(area.left, area.width, width)?;
        let (top, bottom) = span(area.top, area.height, height)?;
        Ok(Window { left, right, top, bottom })
    }
}

/// A frame as it is to be stored: upright, cropped, covered.
pub(super) struct View<'a> {
    frame: &'a Frame,
    orientation: Orientation,
    crop: Window,
    covers: Vec<Window>,
}

impl<'a> View<'a> {
    /// Areas are parts of the upright, uncropped picture.
    pub(super) fn new(frame: &'a Frame, orientation: Orientation, edit: &PhotoEdit) -> Result<View<'a>> {
        edit.check()?;
        let (width, height) =
            if orientation.transposed() { (frame.height, frame.width) } else { (frame.width, frame.height) };
        let crop = match &edit.crop {
            None => Window { left: 0, right: width, top: 0, bottom: height },
            Some(area) => {
                let exact = Window::of(area, width, height, 0)?;
                Window { left: exact.left / BLOCK * BLOCK, top: exact.top / BLOCK * BLOCK, ..exact }
            }
        };
        if crop.right - crop.left < MIN_SIDE || crop.bottom - crop.top < MIN_SIDE {
            return Err(Error::invalid("photo.crop", "too little is left"));
        }
        let covers = edit.cover.iter().map(|area| Window::of(area, width, height, MARGIN)).collect::<Result<_>>()?;
        Ok(View { frame, orientation, crop, covers })
    }
}

impl Rows for View<'_> {
    fn width(&self) -> usize {
        self.crop.right - self.crop.left
    }

    fn height(&self) -> usize {
        self.crop.bottom - self.crop.top
    }

    fn channels(&self) -> usize {
        self.frame.channels
    }

    fn row(&self, y: usize, row: &mut Vec<u8>) {
        let Frame { width, height, channels, pixels } = self.frame;
        let (y, columns) = (self.crop.top + y, self.crop.left..self.crop.right);
        row.clear();
        let turn = |at: usize, side: usize, back: bool| if back { side - 1 - at } else { at };
        let (right_first, bottom_first) = (self.orientation.right_first(), self.orientation.bottom_first());
        if self.orientation.transposed() {
            let x = turn(y, *width, right_first);
            for column in columns {
                let at = (turn(column, *height, bottom_first) * width + x) * channels;
                row.extend_from_slice(pixels.get(at..at + channels).unwrap_or(&BLACK[..*channels]));
            }
        } else {
            let start = turn(y, *height, bottom_first) * width;
            if right_first {
                for column in columns {
                    let at = (start + width - 1 - column) * channels;
                    row.extend_from_slice(pixels.get(at..at + channels).unwrap_or(&BLACK[..*channels]));
                }
            } else {
                let range = (start + columns.start) * channels..(start + columns.end) * channels;
                row.extend_from_slice(pixels.get(range).unwrap_or(&[]));
            }
        }
        row.resize(self.width() * channels, 0);
        for cover in self.covers.iter().filter(|cover| (cover.top..cover.bottom).contains(&y)) {
            let from = cover.left.max(self.crop.left) - self.crop.left;
            let until = cover.right.min(self.crop.right).saturating_sub(self.crop.left);
            if let Some(covered) = row.get_mut(from * channels..(until.max(from)) * channels) {
                covered.chunks_exact_mut(*channels).for_each(|pixel| pixel.copy_from_slice(&BLACK[..pixel.len()]));
            }
        }
    }
}

/// A small picture of at most `side` pixels on its longest side: each of its pixels is the mean of those under it.
pub(super) fn thumbnail(source: &dyn Rows, side: usize) -> Frame {
    let (from_width, from_height, channels) = (source.width(), source.height(), source.channels());
    let longest = from_width.max(from_height);
    let scaled = |length: usize| if longest <= side { length } else { (length * side / longest).max(1) };
    let (width, height) = (scaled(from_width), scaled(from_height));
    // Where the columns begin that fall into each of the small picture's.
    let starts: Vec<usize> = (0..=width).map(|column| (column * from_width).div_ceil(width)).collect();
    let mut pixels = Vec::with_capacity(width * height * channels);
    let (mut row, mut sums, mut rows) = (Vec::new(), vec![0u64; width * channels], 0);
    for y in 0..from_height {
        source.row(y, &mut row);
        rows += 1;
        for (span, sums) in starts.windows(2).zip(sums.chunks_exact_mut(channels)) {
            let under = row.get(span[0] * channels..span[1] * channels).unwrap_or(&[]);
            for (channel, sum) in sums.iter_mut().enumerate() {
                *sum += under.iter().skip(channel).step_by(channels).map(|value| u64::from(*value)).sum::<u64>();
            }
        }
        if (y + 1) * height / from_height > y * height / from_height {
            for (span, sums) in starts.windows(2).zip(sums.chunks_exact_mut(channels)) {
                let count = ((span[1] - span[0]) as u64 * rows).max(1);
                pixels.extend(sums.iter().map(|sum| u8::try_from(sum / count).unwrap_or(u8::MAX)));
            }
            sums.fill(0);
            rows = 0;
        }
    }
    Frame { width, height, channels, pixels }
}

impl Rows for Frame {
    fn width(&self) -> usize {
        self.width
    }

    fn height(&self) -> usize {
        self.height
    }

    fn channels(&self) -> usize {
        self.channels
    }

    fn row(&self, y: usize, row: &mut Vec<u8>) {
        let length = self.width * self.channels;
        row.clear();
        row.extend_from_slice(self.pixels.get(y * length..(y + 1) * length).unwrap_or(&[]));
        row.resize(length, 0);
    }
}
