//! Pictures as cameras, other people's encoders and attackers write them.

use super::frame::{Frame, Rows};
use super::mark::letter;
use super::*;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;

#[path = "png_tests.rs"]
mod png_tests;

const CANARY: &[u8] = b"GPS 52.5200N canary 13.4050E";

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/photos/", $name))
    };
}

/// Smooth colours with some noise, so that every block differs.
pub(super) fn scene(width: usize, height: usize, seed: u32) -> Vec<u8> {
    let mut noise = seed.wrapping_mul(2_654_435_761) | 1;
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = noise >> 28;
            let value = |at: usize| u8::try_from((at * 200 + grain as usize) % 256).unwrap();
            pixels.extend([value(x * 200 / width / 200 + x / 4), value(y / 5), value((x + y) / 7)]);
        }
    }
    pixels
}

fn side(length: usize) -> u16 {
    u16::try_from(length).unwrap()
}

pub(super) fn jpeg_of(rgb: &[u8], width: usize, height: usize, sampling: SamplingFactor) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 95);
    encoder.set_sampling_factor(sampling);
    encoder.encode(rgb, side(width), side(height), ColorType::Rgb).unwrap();
    out
}

/// The bytes with a segment behind the start of image.
fn with_segment(jpeg: &[u8], code: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8, 0xFF, code];
    out.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
    out.extend(content);
    out.extend(&jpeg[2..]);
    out
}

/// TIFF with one entry before the orientation, and something private behind.
pub(super) fn tiff(orientation: u16, big: bool) -> Vec<u8> {
    let short = |value: u16| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let long = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut out = if big { b"MM".to_vec() } else { b"II".to_vec() };
    out.extend(short(42));
    out.extend(long(8));
    out.extend(short(2));
    for (tag, value) in [(0x010F, 7), (0x0112, orientation)] {
        out.extend(short(tag));
        out.extend(short(3));
        out.extend(long(1));
        out.extend(short(value));
        out.extend(short(0));
    }
    out.extend(long(0));
    out.extend(CANARY);
    out
}

fn exif_of(orientation: u16, big: bool) -> Vec<u8> {
    [&b"Exif\0\0"[..], &tiff(orientation, big)].concat()
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(bytes, what).is_some()
}

fn plain(source: &[u8]) -> Result<Picture> {
    prepare(source, &PhotoEdit::default())
}

fn cover(areas: &[(u32, u32, u32, u32)]) -> PhotoEdit {
    let area = |&(left, top, width, height)| PhotoArea { left, top, width, height };
    PhotoEdit { cover: areas.iter().map(area).collect(), crop: None }
}

fn decoded(jpeg: &[u8]) -> Frame {
    jpeg::decode(jpeg).unwrap().0
}

/// The largest difference between two pictures' brightness, on average over blocks of four by four.
fn difference(one: &Frame, two: &Frame) -> u32 {
    assert_eq!((one.width, one.height, one.channels), (two.width, two.height, two.channels));
    let mean = |frame: &Frame, x: usize, y: usize| -> u32 {
        let values =
            (0..16).map(|at| u32::from(frame.pixels[((y + at / 4) * frame.width + x + at % 4) * frame.channels]));
        values.sum::<u32>() / 16
    };
    let places = (0..one.height - 3).step_by(4).flat_map(|y| (0..one.width - 3).step_by(4).map(move |x| (x, y)));
    places.map(|(x, y)| mean(one, x, y).abs_diff(mean(two, x, y))).max().unwrap()
}

/// The markers of a JPEG, scans skipped.
fn markers(jpeg: &[u8]) -> Vec<u8> {
    let (mut at, mut found) = (2, vec![0xD8]);
    while at + 4 <= jpeg.len() {
        assert_eq!(jpeg[at], 0xFF);
        found.push(jpeg[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if found.last() == Some(&0xDA) {
            break;
        }
    }
    found
}

#[test]
fn no_byte_of_the_metadata_is_kept() {
    let mut source = jpeg_of(&scene(64, 48, 1), 64, 48, SamplingFactor::F_2_2);
    // A second picture behind the first, as phones append them.
    source.extend(with_segment(&source, 0xFE, CANARY));
    let xmp = [&b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>"[..], CANARY].concat();
    let profile = [&b"ICC_PROFILE\0\x01\x01"[..], CANARY].concat();
    for (code, content) in [(0xFE, CANARY.to_vec()), (0xE2, profile), (0xE1, xmp), (0xED, CANARY.to_vec())] {
        source = with_segment(&source, code, &content);
    }
    source = with_segment(&source, 0xEE, &[&b"Adobe\0\x64\0\0\0\0\x01"[..], CANARY].concat());
    source = with_segment(&source, 0xE1, &exif_of(1, true));
    let made = plain(&source).unwrap();
    for jpeg in [&made.jpeg, &made.thumbnail] {
        assert!(!contains(jpeg, b"canary") && !contains(jpeg, b"Exif") && !contains(jpeg, b"xmp"));
        let allowed = [0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA];
        assert!(markers(jpeg).iter().all(|marker| allowed.contains(marker)), "{:x?}", markers(jpeg));
        assert!(jpeg.ends_with(&[0xFF, 0xD9]));
    }
    assert_eq!((made.width, made.height), (64, 48));
    assert_eq!(made.sha256, hex(&sha256(&made.jpeg)));
    // The decoder is not even shown it.
    assert!(contains(&source, b"canary"));
}

/// Where a pixel of the source in `row` and `column` is seen: EXIF 2.32, tag 274, read as the standard words it: what edge row 0 and
/// column 0 are.
fn seen_at(orientation: u16, row: usize, column: usize, width: usize, height: usize) -> (usize, usize) {
    let (right, bottom) = (width - 1, height - 1);
    match orientation {
        1 => (column, row),
        2 => (right - column, row),
        3 => (right - column, bottom - row),
        4 => (column, bottom - row),
        5 => (row, column),
        6 => (right - row, column),
        7 => (right - row, bottom - column),
        8 => (row, bottom - column),
        _ => unreachable!(),
    }
}

#[test]
fn all_eight_orientations_come_out_upright() {
    let (width, height) = (96, 64);
    let upright = scene(width, height, 3);
    let expected = decoded(&plain(&jpeg_of(&upright, width, height, SamplingFactor::F_1_1)).unwrap().jpeg);
    for orientation in 1..=8u16 {
        let (w, h) = if orientation >= 5 { (height, width) } else { (width, height) };
        let mut source = Vec::new();
        for row in 0..h {
            for column in 0..w {
                let (x, y) = seen_at(orientation, row, column, width, height);
                source.extend(&upright[(y * width + x) * 3..][..3]);
            }
        }
        let jpeg = jpeg_of(&source, w, h, SamplingFactor::F_1_1);
        for big in [true, false] {
            let made = plain(&with_segment(&jpeg, 0xE1, &exif_of(orientation, big))).unwrap();
            assert_eq!((made.width, made.height), (96, 64), "{orientation}");
            let apart = difference(&decoded(&made.jpeg), &expected);
            assert!(apart <= 12, "{orientation}: {apart}");
        }
        let untold = decoded(&plain(&jpeg).unwrap().jpeg);
        let same_shape = (untold.width, untold.height) == (96, 64);
        assert!(orientation == 1 || !same_shape || difference(&untold, &expected) > 40, "the test can fail");
    }
}

#[test]
fn an_orientation_that_cannot_be_read_is_upright() {
    let jpeg = jpeg_of(&scene(32, 16, 3), 32, 16, SamplingFactor::F_1_1);
    let whole = exif_of(6, true);
    for length in 0..whole.len() {
        let made = plain(&with_segment(&jpeg, 0xE1, &whole[..length])).unwrap();
        assert!(matches!((made.width, made.height), (32, 16) | (16, 32)));
    }
    for orientation in [0, 9, 255, u16::MAX] {
        assert_eq!(plain(&with_segment(&jpeg, 0xE1, &exif_of(orientation, true))).unwrap().width, 32);
    }
}

/// The scene with something else in a rectangle.
fn with_inside(rgb: &[u8], width: usize, inside: &[usize; 4], seed: u32) -> Vec<u8> {
    let [left, top, right, bottom] = *inside;
    let other = scene(right - left, bottom - top, seed);
    let mut out = rgb.to_vec();
    for y in top..bottom {
        let row = &other[(y - top) * (right - left) * 3..][..(right - left) * 3];
        out[(y * width + left) * 3..][..row.len()].copy_from_slice(row);
    }
    out
}

/// What is covered has no influence at all: two pictures that differ only there become the same bytes, however often they were kept before.
#[test]
fn nothing_of_what_was_covered_is_in_the_result() {
    use SamplingFactor::{F_1_1, F_1_2, F_2_1, F_2_2};
    for (width, height) in [(203, 149)] {
        let inside = [width / 3, height / 4, width * 2 / 3, height * 3 / 4];
        let outside = scene(width, height, 5);
        for (orientation, sampling) in (1..=8).zip([F_2_2, F_2_1, F_2_2, F_1_2, F_1_1, F_2_2, F_2_1, F_2_2]) {
            {
                // The rectangle is in the middle, so it is where it was in every orientation.
                let (x, y) = ((3_330, 2_480, 3_340, 5_040), (2_480, 3_330, 5_040, 3_340));
                let edit = cover(&[if orientation >= 5 { y } else { x }]);
                let kept = |seed| {
                    let source = with_inside(&outside, width, &inside, seed);
                    let source = jpeg_of(&source, width, height, sampling);
                    plain(&with_segment(&source, 0xE1, &exif_of(orientation, true))).unwrap()
                };
                // Kept first, covered later: the ringing of the first encoding must not tell either.
                let (one, two) = (kept(77), kept(1234));
                assert!(one.jpeg != two.jpeg && one.thumbnail != two.thumbnail);
                let again = |kept: &Picture| {
                    let other = prepare(&kept.jpeg, &cover(&[(0, 0, 100, 100)])).unwrap();
                    let crop = PhotoArea { left: 0, top: 0, width: 10_000, height: 10_000 };
                    prepare(&other.jpeg, &PhotoEdit { cover: vec![], crop: Some(crop) }).unwrap()
                };
                for (one, two) in [(again(&one), again(&two)), (one, two)] {
                    let (one, two) = (prepare(&one.jpeg, &edit).unwrap(), prepare(&two.jpeg, &edit).unwrap());
                    assert!(one.jpeg == two.jpeg, "{sampling:?} {orientation}");
                    assert!(one.thumbnail == two.thumbnail, "the small picture is made anew");
                }
            }
        }
    }
}

#[test]
fn covered_parts_are_black_and_the_rest_is_as_it_was() {
    let (width, height) = (320, 240);
    let source = jpeg_of(&scene(width, height, 5), width, height, SamplingFactor::F_2_2);
    let (whole, edited) = (plain(&source).unwrap(), prepare(&source, &cover(&[(0, 0, 2500, 10_000)])).unwrap());
    let (whole, frame) = (decoded(&whole.jpeg), decoded(&edited.jpeg));
    let light = |frame: &Frame, x: usize, y: usize| frame.pixels[(y * width + x) * 3];
    for y in 0..height {
        assert!((0..80).all(|x| light(&frame, x, y) < 8), "row {y}");
        assert!((120..width).all(|x| light(&frame, x, y).abs_diff(light(&whole, x, y)) < 40), "row {y}");
    }
    let small = decoded(&edited.thumbnail);
    assert_eq!((small.width, small.height), (256, 192));
    assert!((0..small.height).all(|y| (0..56).all(|x| small.pixels[(y * 256 + x) * 3] < 24)));
}

#[test]
fn a_crop_keeps_its_part_and_areas_are_of_the_picture_before() {
    let (width, height) = (200, 100);
    let source = jpeg_of(&scene(width, height, 5), width, height, SamplingFactor::F_1_1);
    let crop = PhotoArea { left: 5000, top: 0, width: 5000, height: 5000 };
    let half = prepare(&source, &PhotoEdit { cover: vec![], crop: Some(crop) }).unwrap();
    assert_eq!((half.width, half.height), (104, 50), "a crop begins on the grid of eight");
    let covered = PhotoArea { left: 7000, top: 0, width: 3000, height: 10_000 };
    let frame = decoded(&prepare(&source, &PhotoEdit { cover: vec![covered], crop: Some(crop) }).unwrap().jpeg);
    assert!((44..104).all(|x| frame.pixels[x * 3] < 8));
    assert!((0..16).any(|x| frame.pixels[x * 3] > 8));
    for wrong in [(0, 0, 0, 10), (0, 0, 10_001, 10), (9_999, 0, 2, 10), (u32::MAX, 0, 2, 2), (0, 5, 5, u32::MAX)] {
        assert_eq!(
            prepare(&source, &cover(&[wrong])).err(),
            Some(Error::invalid("photo.area", "not a part of the picture"))
        );
    }
    let sliver = PhotoEdit { cover: vec![], crop: Some(PhotoArea { left: 0, top: 0, width: 1, height: 1 }) };
    assert_eq!(prepare(&source, &sliver).err(), Some(Error::invalid("photo.crop", "too little is left")));
    let many = cover(&[(0, 0, 1, 1); MAX_AREAS + 1]);
    assert_eq!(prepare(&source, &many).err(), Some(Error::TooLarge { field: "photo.cover", limit: 64 }));
}

#[test]
fn what_other_encoders_write_is_read() {
    let expected = |grey: bool, x: usize, y: usize| {
        let (r, g, b) = (x * 6, y * 10, 128);
        let light = (299 * r + 587 * g + 114 * b) / 1000;
        if grey { vec![light] } else { vec![light, 128, 128] }
    };
    let all: [(&str, &[u8], bool, usize); 7] = [
        ("progressive", fixture!("progressive.jpg"), false, 14),
        ("4:4:4", fixture!("base444.jpg"), false, 14),
        ("4:2:2 with restarts", fixture!("base422.jpg"), false, 14),
        ("optimised tables", fixture!("optimised.jpg"), false, 14),
        ("grey", fixture!("grey.jpg"), true, 14),
        ("PNG", fixture!("rgb.png"), false, 1),
        ("PNG with alpha", fixture!("rgba.png"), false, 1),
    ];
    for (name, source, grey, tolerance) in all {
        let (frame, _) = decode(source).unwrap();
        assert_eq!((frame.width, frame.height, frame.channels), (40, 24, if grey { 1 } else { 3 }), "{name}");
        for (at, pixel) in frame.pixels.chunks_exact(frame.channels).enumerate() {
            let light = expected(grey, at % 40, at / 40)[0];
            assert!(usize::from(pixel[0]).abs_diff(light) <= tolerance, "{name} at {at}: {} {light}", pixel[0]);
        }
        let kept = plain(source).unwrap();
        assert_eq!((kept.width, kept.height), (40, 24), "{name}");
        assert!(difference(&decoded(&kept.jpeg), &frame) <= 12, "{name}");
    }
    assert_eq!(decode(fixture!("palette.png")).unwrap().0.channels, 3);
}

/// Changes the size in the first start of frame.
fn resized(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut out = jpeg.to_vec();
    let at = out.windows(2).position(|two| matches!(two, [0xFF, 0xC0 | 0xC2])).unwrap();
    out[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    out[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    out
}

#[test]
fn every_refusal_has_its_name() {
    let baseline = fixture!("base444.jpg");
    let progressive = fixture!("progressive.jpg");
    let start = baseline.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
    let changed = |offset: usize, value: u8| {
        let mut out = baseline.to_vec();
        out[start + offset] = value;
        out
    };
    let format = |source: &[u8], why: &'static str| {
        assert_eq!(plain(source).err(), Some(Error::invalid("photo.format", why)));
    };
    format(fixture!("cmyk.jpg"), "neither grey nor three colours");
    format(fixture!("animated.png"), "an animation");
    format(&changed(1, 0xC3), "lossless or hierarchical JPEG");
    format(&changed(1, 0xC9), "arithmetic coding");
    format(&changed(4, 12), "more than 8 bits");
    format(&changed(11, 0x41), "sampled more than 2 to 1");
    for other in [&b"GIF89a"[..], b"RIFF....WEBP", b"II*\0", b"BM", b"%PDF-1.7", b"", b"\xFF"] {
        format(other, "neither JPEG nor PNG");
    }
    for brand in [b"heic", b"heix", b"mif1", b"avif"] {
        let start = [&[0, 0, 0, 24][..], b"ftyp", brand, b"\0\0\0\0mif1heic"].concat();
        assert_eq!(PhotoFormat::of(&start).unwrap(), PhotoFormat::ConvertFirst);
        format(&start, "to be converted first");
    }
    format(b"\0\0\0\x18ftypisom\0\0\0\0", "neither JPEG nor PNG");
    // Bombs: refused by their header, before anything is allocated.
    let pixels = |source: &[u8], limit: usize| {
        assert_eq!(plain(source).err(), Some(Error::TooLarge { field: "photo.pixels", limit: limit as u64 }));
    };
    pixels(&resized(baseline, 65_535, 65_535), MAX_PIXELS);
    pixels(&resized(baseline, 10_000, 5_001), MAX_PIXELS);
    pixels(&resized(progressive, 5_000, 3_201), MAX_MULTI_SCAN_PIXELS);
    assert_eq!(plain(&resized(baseline, 0, 24)).err(), Some(Error::invalid("photo", "a side under 16 pixels")));
    let long = vec![0xFF; MAX_SOURCE_BYTES + 1];
    assert_eq!(plain(&long).err(), Some(Error::TooLarge { field: "photo.bytes", limit: MAX_SOURCE_BYTES as u64 }));
}

#[test]
fn a_picture_of_many_scans_is_refused_before_it_is_decoded() {
    let progressive = fixture!("progressive.jpg");
    let last = progressive.windows(2).rposition(|two| two == [0xFF, 0xDA]).unwrap();
    let scan = &progressive[last..progressive.len() - 2];
    let with = |scans: usize| [&progressive[..progressive.len() - 2], &scan.repeat(scans), &[0xFF, 0xD9]].concat();
    assert_eq!(plain(&with(10_000)).err(), Some(Error::TooLarge { field: "photo.scans", limit: 32 }));
    assert_eq!(plain(&with(40)).err(), Some(Error::TooLarge { field: "photo.scans", limit: 32 }));
}

#[test]
fn a_picture_cut_anywhere_is_refused() {
    let sources: [&[u8]; 6] = [
        fixture!("progressive.jpg"),
        fixture!("base422.jpg"),
        fixture!("grey.jpg"),
        fixture!("rgb.png"),
        fixture!("palette.png"),
        fixture!("rgba.png"),
    ];
    for source in sources {
        plain(source).unwrap();
        for length in 0..source.len() {
            let refused = plain(&source[..length]).err().unwrap();
            assert!(matches!(refused, Error::Invalid { .. }), "{length}: {refused:?}");
        }
    }
}

#[test]
fn the_mark_can_be_read_in_the_pixels() {
    let (id, purpose) = ("0123456789abcdef0123456789abcdef", "PUBLICATION");
    let text = format!("PHOTO {id} FOR {purpose} ONLY");
    for (width, height) in [(1600, 1200), (320, 240), (150, 90)] {
        let kept = plain(&jpeg_of(&scene(width, height, 9), width, height, SamplingFactor::F_2_2)).unwrap().jpeg;
        let made = marked(&kept, &text, Some(purpose)).unwrap();
        let (before, after) = (decoded(&kept), decoded(&made.jpeg));
        assert_eq!((after.width, after.height), (width, usize::try_from(made.height).unwrap()));
        let scale = (width / (48 * 6)).max(1);
        let columns = width / (6 * scale);
        let mut read = String::new();
        for at in 0..text.len() {
            let (left, top) = (at % columns * 6 * scale, height + at / columns * 9 * scale);
            let lit = |column: usize, row: usize| {
                let (x, y) = (left + (column + 1) * scale + scale / 2, top + (row + 1) * scale + scale / 2);
                after.pixels[(y * width + x) * 3] > 125
            };
            let points: [u8; 7] =
                std::array::from_fn(|row| (0..5).fold(0, |bits, column| bits << 1 | u8::from(lit(column, row))));
            let same = |c: &char| letter(*c) == points;
            read.push(('0'..='9').chain('A'..='Z').find(same).unwrap_or(' '));
        }
        assert_eq!(read, text.to_ascii_uppercase(), "{width}");
        // Above the strip nothing is hidden, and the purpose stands across the middle.
        let changed =
            (0..width * height).filter(|at| after.pixels[at * 3].abs_diff(before.pixels[at * 3]) > 50).count();
        assert!(changed > 11 * 5 && changed < width * height / 4, "{changed}");
    }
}

#[test]
fn all_letters_differ() {
    let all: std::collections::BTreeSet<_> = ('0'..='9').chain('A'..='Z').chain("-.: ".chars()).map(letter).collect();
    assert_eq!(all.len(), 40);
    assert_eq!(letter('a'), letter('A'));
}

#[test]
fn a_thumbnail_is_small_and_tiny_pictures_stay_as_they_are() {
    for (width, height, small) in
        [(1000, 500, (256, 128)), (16, 16, (16, 16)), (2000, 16, (256, 2)), (256, 256, (256, 256))]
    {
        let made = plain(&jpeg_of(&scene(width, height, 2), width, height, SamplingFactor::F_2_2)).unwrap();
        let frame = decoded_any(&made.thumbnail);
        assert_eq!(frame, small, "{width} {height}");
        assert!(made.thumbnail.len() < 60_000);
    }
    let frame = Frame { width: 4, height: 2, channels: 1, pixels: vec![10, 20, 30, 40, 50, 60, 70, 80] };
    assert_eq!(thumbnail(&frame, 2).pixels, [35, 55]);
    assert_eq!(Rows::width(&thumbnail(&frame, 2)), 2);
}

/// A thumbnail may be flatter than what is taken from a camera.
fn decoded_any(jpeg: &[u8]) -> (usize, usize) {
    let at = jpeg.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
    let side = |at: usize| usize::from(u16::from_be_bytes([jpeg[at], jpeg[at + 1]]));
    (side(at + 7), side(at + 5))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_changed_picture_is_refused_or_read_and_never_a_panic(
        which in 0usize..8, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let sources: [&[u8]; 8] = [
            fixture!("progressive.jpg"), fixture!("base422.jpg"), fixture!("base444.jpg"), fixture!("grey.jpg"),
            fixture!("optimised.jpg"), fixture!("rgb.png"), fixture!("palette.png"), fixture!("cmyk.jpg"),
        ];
        let mut source = sources[which].to_vec();
        for (at, value) in changes {
            let at = at.index(source.len());
            source[at] = value;
        }
        match plain(&source) {
            Ok(made) => prop_assert!(made.jpeg.ends_with(&[0xFF, 0xD9])),
            Err(Error::Invalid { .. } | Error::TooLarge { .. }) => {}
            Err(other) => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn bytes_behind_a_signature_are_never_a_panic(png: bool, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let start = if png { &png::SIGNATURE[..] } else { &[0xFF, 0xD8] };
        prop_assert!(plain(&[start, &bytes].concat()).is_err());
    }
}
