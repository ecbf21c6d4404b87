//! A camera's bytes: decoded, cut, covered, and kept.

use super::input::Input;
use crate::photo::{PhotoArea, PhotoEdit, prepare};

/// What is kept of a picture is a picture again, the same each time, and has nothing of the source's metadata.
pub fn photo(bytes: &[u8]) {
    let mut input = Input(bytes);
    let side = |input: &mut Input<'_>| u32::try_from(input.below(10_100)).expect("two bytes");
    let area = |input: &mut Input<'_>| PhotoArea {
        left: side(input),
        top: side(input),
        width: side(input),
        height: side(input),
    };
    let covers = usize::from(input.byte()) % 4;
    let cover = (0..covers).map(|_| area(&mut input)).collect();
    let crop = (input.byte() % 4 == 1).then(|| area(&mut input));
    let (edit, source) = (PhotoEdit { cover, crop }, input.rest());
    let Ok(made) = prepare(source, &edit) else { return };
    assert!(prepare(source, &edit).is_ok_and(|again| again.sha256 == made.sha256), "twice is not the same");
    for mark in [&b"Exif"[..], b"http://ns.adobe.com", b"ICC_PROFILE"] {
        assert!(memchr::memmem::find(&made.jpeg, mark).is_none(), "metadata were kept");
    }
    let kept = prepare(&made.jpeg, &PhotoEdit::default()).expect("what is kept can be shown");
    assert!((kept.width, kept.height) == (made.width, made.height));
}

/// A small picture of each format, unedited and edited.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    const PNG: &[u8] = include_bytes!("seed.png");
    let jpeg = prepare(PNG, &PhotoEdit::default()).expect("a seed").jpeg;
    let edited = [&[1, 0, 0, 0, 0, 0x13, 0x88, 0x13, 0x88, 0][..], &jpeg].concat();
    vec![[&[0, 0][..], PNG].concat(), [&[0, 0][..], &jpeg].concat(), edited]
}
