//! A photo of 12 megapixels: from a camera's bytes to a sealed stream, and the memory that it takes.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use curtain_core::journal::Code;
use curtain_core::photo::{PhotoArea, PhotoEdit, prepare};
use curtain_core::vault::{Id, NewStream};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::phone::Phone;
use crate::vault::{at, lane, note};
use crate::{Done, Table, timed};

/// The word by which it asks itself, in a process of its own.
pub(crate) const MEMORY: &str = "photo-memory-of";

const WIDTH: u16 = 4000;
const HEIGHT: u16 = 3000;

/// A picture as a phone's camera writes it: colours at half resolution; gradients with grain, about 4 bits a pixel. The same each time.
fn picture(progressive: bool) -> Done<Vec<u8>> {
    let (width, height) = (u32::from(WIDTH), u32::from(HEIGHT));
    let mut pixels = Vec::with_capacity(36_000_000);
    let mut grain = 1u32;
    for y in 0..height {
        for x in 0..width {
            grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let light =
                (x * 120 / width) + (y * 80 / height) + (grain >> 27) + if (x / 97 + y / 61) % 7 == 0 { 20 } else { 0 };
            pixels.extend([light, light * 3 / 4, light / 2 + 20].map(|value| u8::try_from(value).unwrap_or(u8::MAX)));
        }
    }
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 92);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_progressive(progressive);
    encoder.encode(&pixels, WIDTH, HEIGHT, ColorType::Rgb)?;
    Ok(out)
}

pub(crate) fn run(table: &mut Table) -> Done {
    let source = picture(false)?;
    table.part("a photo of 12 megapixels");
    let phone = Phone::new(tempfile::tempdir()?)?;
    let (_, mut workspace, mut vault) = phone.unlock(1)?;
    let cover = PhotoArea { left: 4000, top: 4000, width: 1000, height: 500 };
    let edit = PhotoEdit { cover: vec![cover], crop: None };
    let (mut whole, mut pixels, mut kept) = (Vec::new(), Vec::new(), 0);
    for number in 0..12 {
        let (made_in, made) = timed(|| prepare(&source, &edit));
        let made = made?;
        kept = made.jpeg.len();
        let (sealed_in, sealed) = timed(|| -> Done {
            let new = NewStream { lane: lane(0), id: Id([number; 16]), kind: 11, head: b"{}" };
            let anchor = workspace.anchor_mut();
            vault.put_stream(anchor, &at(2), &new, &mut &made.jpeg[..], &[Code::PhotoStored.into()])?;
            vault.commit(workspace.anchor_mut(), &at(3), &[note(0, u16::from(number))?], &[Code::NoteSaved.into()])?;
            Ok(())
        });
        sealed?;
        pixels.push(made_in);
        whole.push(made_in + sealed_in);
    }
    table.row("decode, cover, encode, thumbnail", pixels);
    table.row("the same, sealed and committed", whole);
    let mut times = Vec::new();
    for number in 0..12 {
        let (time, read) = timed(|| -> Done<usize> {
            let (mut reader, mut length) = (vault.open_stream(lane(0), Id([number; 16]))?, 0);
            while let Some(chunk) = reader.next_chunk()? {
                length += chunk.len();
            }
            Ok(length)
        });
        if read? != kept {
            return Err("a picture is short".into());
        }
        times.push(time);
    }
    table.row("read for the screen", times);
    let frame = u64::from(WIDTH) * u64::from(HEIGHT) * 3 / 1024;
    let place = phone.path().join("source.jpg");
    for (name, source) in [("baseline", source), ("progressive", picture(true)?)] {
        std::fs::write(&place, &source)?;
        let told = Command::new(std::env::current_exe()?).arg(MEMORY).arg(&place).output()?.stdout;
        let peak: u64 = std::str::from_utf8(&told)?.trim().parse()?;
        table.say(format!(
            "memory at most, {name}: {peak} KiB beside the source of {} KiB: {:.2} frames of {frame} KiB",
            source.len() / 1024,
            f64::from(u32::try_from(peak)?) / f64::from(u32::try_from(frame)?)
        ));
    }
    Ok(())
}

/// Prints by how much this process grows at most while it prepares the picture in `file`, in KiB. Linux only.
pub(crate) fn memory(file: &Path) -> Done {
    let source = std::fs::read(file)?;
    // 5: forget the highest so far (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5")?;
    let before = field("VmRSS:")?;
    prepare(&source, &PhotoEdit::default())?;
    writeln!(std::io::stdout(), "{}", field("VmHWM:")?.saturating_sub(before))?;
    Ok(())
}

fn field(name: &str) -> Done<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).ok_or("no such figure")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse()?)
}
