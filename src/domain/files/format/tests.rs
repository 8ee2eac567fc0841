#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::io::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn told(content: &[u8]) -> Option<Format> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    Format::detect(&mut file).unwrap()
}

fn jpeg(after_the_end: usize) -> Vec<u8> {
    [b"\xff\xd8\xff\xe0 picture \xff\xd9".as_slice(), &vec![0; after_the_end]].concat()
}

fn sized_box(kind: &[u8; 4], content: usize) -> Vec<u8> {
    let length = u32::try_from(content + 8).unwrap().to_be_bytes();
    [length.as_slice(), kind, &vec![0; content]].concat()
}

/// A box that gives its length in 64 bits.
fn large_box(kind: &[u8; 4], content: usize) -> Vec<u8> {
    let length = (content as u64 + 16).to_be_bytes();
    [b"\0\0\0\x01".as_slice(), kind, &length, &vec![0; content]].concat()
}

/// The last box, which reaches to the end of the file.
fn open_box(kind: &[u8; 4], content: usize) -> Vec<u8> {
    [b"\0\0\0\0".as_slice(), kind, &vec![0; content]].concat()
}

fn brand(brand: &[u8; 4]) -> Vec<u8> {
    [b"\0\0\0\x10ftyp".as_slice(), brand, b"\0\0\0\0"].concat()
}

#[test]
fn formats_are_told_by_content() {
    let film = |boxes: &[Vec<u8>]| [vec![brand(b"isom")], boxes.to_vec()].concat().concat();
    for (content, format) in [
        (jpeg(0), Some(Format::Jpeg)),
        (jpeg(1_000), Some(Format::Jpeg)),
        (b"#!AMR\n\x3c".to_vec(), Some(Format::Amr)),
        (b"#!AMR-WB\n".to_vec(), Some(Format::Amr)),
        (b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x44".to_vec(), Some(Format::Mp3)),
        // MPEG-1 and MPEG-2, with and without a check sum.
        (b"\xff\xfb\x90\x44".to_vec(), Some(Format::Mp3)),
        (b"\xff\xfa\x90\x44".to_vec(), Some(Format::Mp3)),
        (b"\xff\xf3\x90\x44".to_vec(), Some(Format::Mp3)),
        (b"\xff\xe3\x90\x44".to_vec(), Some(Format::Mp3)),
        (film(&[sized_box(b"moov", 4), sized_box(b"mdat", 100)]), Some(Format::Mp4)),
        (film(&[large_box(b"mdat", 100), sized_box(b"moov", 4)]), Some(Format::Mp4)),
        (film(&[sized_box(b"free", 0), sized_box(b"moov", 4), open_box(b"mdat", 7)]), Some(Format::Mp4)),
        (film(&[sized_box(b"moov", 4), sized_box(b"moof", 4)]), Some(Format::Mp4)),
    ] {
        assert_eq!(told(&content), format, "{content:?}");
    }
}

#[test]
fn what_is_something_else_or_cut_off_is_no_format() {
    let film = |boxes: &[Vec<u8>]| [vec![brand(b"isom")], boxes.to_vec()].concat().concat();
    let whole = film(&[sized_box(b"moov", 4), sized_box(b"mdat", 100)]);
    for content in [
        b"".to_vec(),
        b"\0".to_vec(),
        b"\xff".to_vec(),
        b"\xff\xd8\xff".to_vec(),
        b"\xff\xd8\xff\xd9".to_vec(),
        jpeg(0)[..14].to_vec(),
        // Its end lies further back than anything that is appended to pictures.
        jpeg(70_000),
        b"GIF89a".to_vec(),
        b"\x89PNG\r\n\x1a\n".to_vec(),
        b"RIFF\0\0\0\0WEBPVP8 ".to_vec(),
        b"RIFF\0\0\0\0WAVEfmt ".to_vec(),
        b"OggS".to_vec(),
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(),
        b"%PDF-1.7".to_vec(),
        b"#!AM".to_vec(),
        b"#!/bin/sh".to_vec(),
        // A tag alone, one that is longer than the file, one whose length has eight bits.
        b"ID3".to_vec(),
        b"ID3\x04\0\0\0\0\0\0".to_vec(),
        b"ID3\x04\0\0\0\0\0\x05\xff\xfb".to_vec(),
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f\xff\xfb".to_vec(),
        b"ID3\x04\0\0\0\0\0\x80\xff\xfb".to_vec(),
        // Layers I and II, the version and the rates that do not exist.
        b"\xff\xff\x90\x44".to_vec(),
        b"\xff\xfd\x90\x44".to_vec(),
        b"\xff\xeb\x90\x44".to_vec(),
        b"\xff\xfb\xf0\x44".to_vec(),
        b"\xff\xfb\x9c\x44".to_vec(),
        b"\xff\xfb\x90".to_vec(),
        // QuickTime and audio, which are built alike.
        [brand(b"qt  "), sized_box(b"moov", 4), sized_box(b"mdat", 4)].concat(),
        [brand(b"M4A "), sized_box(b"moov", 4), sized_box(b"mdat", 4)].concat(),
        brand(b"isom"),
        film(&[sized_box(b"moov", 4)]),
        film(&[sized_box(b"mdat", 4)]),
        whole[..whole.len() - 1].to_vec(),
        [whole.clone(), b"\0".to_vec()].concat(),
        [whole.clone(), b"\0\0\0\x07mdat".to_vec()].concat(),
        [whole.clone(), b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x0f".to_vec()].concat(),
        [whole.clone(), b"\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff".to_vec()].concat(),
        [whole, b"\0\0\0\x01mdat".to_vec()].concat(),
    ] {
        assert_eq!(told(&content), None, "{:?}", &content[..content.len().min(64)]);
    }
}

#[test]
fn names_and_types_belong_to_one_format_each() {
    for format in [Format::Jpeg, Format::Mp3, Format::Amr, Format::Mp4] {
        assert_eq!(Format::of_media_type(format.media_type()), Some(format));
        assert_eq!(format.extensions()[0], format.extension());
        for extension in format.extensions() {
            assert!(format.is_extension_of(&format!("茶.{extension}")));
            assert!(format.is_extension_of(&format!("a.b.{}", extension.to_ascii_uppercase())));
            for name in [
                extension.to_string(),
                format!("a{extension}"),
                format!("a.{extension} "),
                format!("a.{extension}.png"),
            ] {
                assert!(!format.is_extension_of(&name), "{name}");
            }
        }
    }
    assert_eq!(Format::of_media_type("image/webp"), None);
    assert!(!Format::Jpeg.is_extension_of("a.mp3"));
}

/// Starts that lead deep into each reader.
fn start() -> impl Strategy<Value = Vec<u8>> {
    let known: [&[u8]; 6] =
        [b"", b"\xff\xd8\xff", b"#!AMR", b"ID3\x04\0\0", b"\xff\xfb", b"\0\0\0\x10ftypisom\0\0\0\0"];
    proptest::sample::select(known.to_vec()).prop_map(<[u8]>::to_vec)
}

/// Boxes of any length, kind and content.
fn boxes() -> impl Strategy<Value = Vec<u8>> {
    let kind = proptest::sample::select(vec![b"moov", b"mdat", b"moof", b"free"]);
    let one = (prop_oneof![Just(0), Just(1), 8..40_u32, any::<u32>()], kind, vec(any::<u8>(), 0..40));
    vec(one.prop_map(|(length, kind, rest)| [length.to_be_bytes().as_slice(), kind, &rest].concat()), 0..6)
        .prop_map(|boxes| boxes.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_a_format_or_none(start in start(), rest in prop_oneof![vec(any::<u8>(), 0..600), boxes()]) {
        let content = [start, rest].concat();
        let format = told(&content);
        prop_assert_eq!(format, told(&content));
        if format.is_some() {
            // A format needs more than its first two bytes.
            prop_assert_eq!(told(&content[..2]), None);
        }
    }

    #[test]
    fn a_film_that_is_cut_off_anywhere_is_none(data in 0_usize..200, cut in 0_usize..1_000) {
        let film = [brand(b"mp42"), sized_box(b"moov", 20), sized_box(b"mdat", data)].concat();
        prop_assert_eq!(told(&film), Some(Format::Mp4));
        prop_assert_eq!(told(&film[..cut % film.len()]), None);
    }
}
