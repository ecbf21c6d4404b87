//! The mark on every exported picture: what it is and what for, in letters that are drawn into the pixels.
//!
//! A strip below the picture carries the whole text, so that nothing of the picture is hidden. For every purpose but care the purpose also
//! stands across the middle, half transparent: cutting the strip off does not make a picture without its purpose.
//! Letters are 5 by 7 points in a cell of 6 by 9, drawn for Curtain.

use super::frame::Rows;

const CELL_WIDTH: usize = 6;
const CELL_HEIGHT: usize = 9;
/// Characters that a strip's line should hold before letters grow.
const LINE: usize = 48;

/// Rows from the top, five points from the left in the low five bits.
const LETTERS: [[u8; 7]; 36] = [
    [0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E], // 0
    [0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E], // 1
    [0x0E, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1F], // 2
    [0x1E, 0x01, 0x01, 0x0E, 0x01, 0x01, 0x1E], // 3
    [0x12, 0x12, 0x12, 0x1F, 0x02, 0x02, 0x02], // 4
    [0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E], // 5
    [0x0E, 0x10, 0x10, 0x1E, 0x11, 0x11, 0x0E], // 6
    [0x1F, 0x01, 0x02, 0x04, 0x04, 0x08, 0x08], // 7
    [0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E], // 8
    [0x0E, 0x11, 0x11, 0x0F, 0x01, 0x01, 0x0E], // 9
    [0x04, 0x0A, 0x11, 0x11, 0x1F, 0x11, 0x11], // A
    [0x1E, 0x11, 0x11, 0x1E, 0x11, 0x11, 0x1E], // B
    [0x0F, 0x10, 0x10, 0x10, 0x10, 0x10, 0x0F], // C
    [0x1C, 0x12, 0x11, 0x11, 0x11, 0x12, 0x1C], // D
    [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F], // E
    [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x10], // F
    [0x0F, 0x10, 0x10, 0x13, 0x11, 0x11, 0x0F], // G
    [0x11, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11], // H
    [0x0E, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0E], // I
    [0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0C], // J
    [0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11], // K
    [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F], // L
    [0x11, 0x1B, 0x15, 0x15, 0x11, 0x11, 0x11], // M
    [0x11, 0x19, 0x19, 0x15, 0x13, 0x13, 0x11], // N
    [0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E], // O
    [0x1E, 0x11, 0x11, 0x1E, 0x10, 0x10, 0x10], // P
    [0x0E, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0D], // Q
    [0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11], // R
    [0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E], // S
    [0x1F, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04], // T
    [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E], // U
    [0x11, 0x11, 0x11, 0x11, 0x0A, 0x0A, 0x04], // V
    [0x11, 0x11, 0x11, 0x15, 0x15, 0x1B, 0x11], // W
    [0x11, 0x0A, 0x0A, 0x04, 0x0A, 0x0A, 0x11], // X
    [0x11, 0x11, 0x0A, 0x04, 0x04, 0x04, 0x04], // Y
    [0x1F, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1F], // Z
];

const DASH: [u8; 7] = [0, 0, 0, 0x1F, 0, 0, 0];
const DOT: [u8; 7] = [0, 0, 0, 0, 0, 0x0C, 0x0C];
const COLON: [u8; 7] = [0, 0x0C, 0x0C, 0, 0x0C, 0x0C, 0];
const NOTHING: [u8; 7] = [0; 7];

/// The points of a character; small letters are drawn as large ones, unknown characters as nothing.
pub(super) fn letter(character: char) -> [u8; 7] {
    let index = match character.to_ascii_uppercase() {
        digit @ '0'..='9' => u32::from(digit) - u32::from('0'),
        large @ 'A'..='Z' => u32::from(large) - u32::from('A') + 10,
        '-' => return DASH,
        '.' => return DOT,
        ':' => return COLON,
        _ => return NOTHING,
    };
    usize::try_from(index).ok().and_then(|index| LETTERS.get(index)).copied().unwrap_or(NOTHING)
}

/// A picture with its mark.
pub(super) struct Marked<'a> {
    picture: &'a dyn Rows,
    /// The text of the strip, broken into lines.
    lines: Vec<Vec<char>>,
    /// Pixels for a point in the strip.
    scale: usize,
    /// What stands across the middle, and pixels for a point there.
    across: Option<(Vec<char>, usize)>,
}

impl<'a> Marked<'a> {
    /// `across` is left out for a picture too small to carry it.
    pub(super) fn new(picture: &'a dyn Rows, text: &str, across: Option<&str>) -> Marked<'a> {
        let scale = (picture.width() / (LINE * CELL_WIDTH)).max(1);
        let columns = (picture.width() / (CELL_WIDTH * scale)).max(1);
        let lines = text.chars().collect::<Vec<_>>().chunks(columns).map(<[char]>::to_vec).collect();
        let across = across.and_then(|text| {
            let text: Vec<char> = text.chars().collect();
            let wide = picture.width() / (text.len().max(1) * CELL_WIDTH);
            let scale = wide.min(picture.height() / (2 * CELL_HEIGHT));
            (scale > 0).then_some((text, scale))
        });
        Marked { picture, lines, scale, across }
    }

    /// Whether a text has a point at these pixels, measured from the corner of its first cell.
    fn point(text: &[char], scale: usize, x: usize, y: usize) -> bool {
        let (column, line) = (x / scale, y / scale);
        let Some(character) = text.get(column / CELL_WIDTH) else { return false };
        // One point of air to the left of a letter and above it.
        let (Some(across), Some(down)) = ((column % CELL_WIDTH).checked_sub(1), line.checked_sub(1)) else {
            return false;
        };
        letter(*character).get(down).is_some_and(|points| points >> (4 - across) & 1 == 1)
    }
}

impl Rows for Marked<'_> {
    fn width(&self) -> usize {
        self.picture.width()
    }

    fn height(&self) -> usize {
        self.picture.height() + self.lines.len() * CELL_HEIGHT * self.scale
    }

    fn channels(&self) -> usize {
        self.picture.channels()
    }

    fn row(&self, y: usize, row: &mut Vec<u8>) {
        let channels = self.channels();
        if let Some(below) = y.checked_sub(self.picture.height()) {
            let line = CELL_HEIGHT * self.scale;
            let text = self.lines.get(below / line).map_or(&[][..], Vec::as_slice);
            row.clear();
            for x in 0..self.width() {
                let light = if Marked::point(text, self.scale, x, below % line) { 235 } else { 16 };
                row.push(light);
                row.resize(row.len() + channels - 1, 128);
            }
            return;
        }
        self.picture.row(y, row);
        let Some((text, scale)) = &self.across else { return };
        let (width, height) = (text.len() * CELL_WIDTH * scale, CELL_HEIGHT * scale);
        let left = (self.width().saturating_sub(width)) / 2;
        let top = (self.picture.height().saturating_sub(height)) / 2;
        let Some(down) = y.checked_sub(top).filter(|down| *down < height) else { return };
        for (x, pixel) in row.chunks_exact_mut(channels).enumerate().skip(left).take(width) {
            if Marked::point(text, *scale, x - left, down)
                && let Some(light) = pixel.first_mut()
            {
                // Dark on light and light on dark, and what is under it still shows.
                *light = if *light < 128 { *light + 72 } else { *light - 72 };
            }
        }
    }
}
