//! Files of every format that is taken, as small or as large as a test wants them, and files that are not taken.
//!
//! They are whole: decoders read them. What fills them up is never the same byte twice in a row, so that a piece that is
//! lost, doubled or moved on the way is seen.

/// Bytes without a pattern that repeats within a test's file; none is 0xff, which would begin a marker or a frame.
fn filling(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 & 0x7f
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

/// The least that a JPEG can be here: one grey point.
pub(super) const SMALLEST_JPEG: usize = 159;

/// A baseline JPEG (ITU T.81) of one grey point and exactly `size` bytes, filled up by comments.
pub(super) fn jpeg(size: usize) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    segment(&mut file, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    // A quantisation table of ones.
    segment(&mut file, 0xdb, &[&[0][..], &[1; 64]].concat());
    // One component of eight bits, one by one point.
    segment(&mut file, 0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
    for table in [0x00, 0x10] {
        // One code of one bit: "no difference" and "end of block".
        segment(&mut file, 0xc4, &[&[table, 1][..], &[0; 15], &[0]].concat());
    }
    let mut rest = Vec::new();
    segment(&mut rest, 0xda, &[1, 1, 0, 0, 63, 0]);
    rest.extend([0x3f, 0xff, 0xd9]);
    let mut left = size.checked_sub(file.len() + rest.len()).unwrap();
    assert!(left == 0 || left >= 4, "a comment has four bytes at least");
    while left > 0 {
        // What is left after this comment must be enough for another one.
        let length = match left {
            few if few <= 60_004 => few,
            many => 60_000.min(many - 4),
        };
        segment(&mut file, 0xfe, &filling(length - 4));
        left -= length;
    }
    file.extend(rest);
    assert_eq!(file.len(), size);
    file
}

fn segment(file: &mut Vec<u8>, marker: u8, content: &[u8]) {
    file.extend([0xff, marker]);
    file.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
    file.extend(content);
}

/// MPEG-1 layer III at 128 kbit/s and 44.1 kHz: frames of silence, 417 bytes each.
pub(super) fn mp3(frames: usize) -> Vec<u8> {
    let frame = [&[0xff, 0xfb, 0x90, 0x00][..], &[0; 413]].concat();
    frame.repeat(frames)
}

/// Three frames behind an ID3 tag whose title takes what is left of `size` bytes.
pub(super) fn tagged_mp3(size: usize) -> Vec<u8> {
    let audio = mp3(3);
    let tag = u32::try_from(size - audio.len() - 10).unwrap();
    let text = filling(tag as usize - 11);
    let mut file = b"ID3\x03\0\0".to_vec();
    // Four times seven bits.
    file.extend([21, 14, 7, 0].map(|shift| (tag >> shift) as u8 & 0x7f));
    file.extend(b"TIT2");
    file.extend((tag - 10).to_be_bytes());
    file.extend([0, 0, 0]);
    file.extend(text);
    file.extend(audio);
    assert_eq!(file.len(), size);
    file
}

/// AMR narrow band (RFC 4867, section 5): the magic number and frames of 12.2 kbit/s, 32 bytes each.
pub(super) fn amr(frames: usize) -> Vec<u8> {
    let mut file = b"#!AMR\n".to_vec();
    for frame in filling(31 * frames).chunks(31) {
        file.push(0x3c);
        file.extend(frame);
    }
    file
}

/// The least that an MP4 can be here.
pub(super) const SMALLEST_MP4: usize = 24 + 116 + 8;

/// An MP4 (ISO/IEC 14496-12) of exactly `size` bytes: its brands, a header of no time, and data.
pub(super) fn mp4(size: usize) -> Vec<u8> {
    let mut header = vec![0; 100];
    // Time scale, rate, and further below the next track's number.
    header[12..16].copy_from_slice(&1_000_u32.to_be_bytes());
    header[20..24].copy_from_slice(&0x0001_0000_u32.to_be_bytes());
    // The picture as it is: a matrix of ones on the diagonal.
    for (at, one) in [(36, 0x0001_0000_u32), (52, 0x0001_0000), (68, 0x4000_0000)] {
        header[at..at + 4].copy_from_slice(&one.to_be_bytes());
    }
    header[96..100].copy_from_slice(&1_u32.to_be_bytes());
    let mut file = boxed(b"ftyp", b"isom\0\0\x02\0isommp41");
    file.extend(boxed(b"moov", &boxed(b"mvhd", &header)));
    file.extend(boxed(b"mdat", &filling(size.checked_sub(SMALLEST_MP4).unwrap())));
    assert_eq!(file.len(), size);
    file
}

fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap();
    [&length.to_be_bytes()[..], name, content].concat()
}

/// Films and sounds that are built like MP4 and are none.
pub(super) fn of_brand(brand: &[u8; 4]) -> Vec<u8> {
    let mut file = mp4(1_000);
    file[8..12].copy_from_slice(brand);
    file
}

/// What people name `.jpg`, and what is none.
pub(super) fn no_jpegs() -> Vec<(&'static str, Vec<u8>)> {
    let whole = jpeg(200_000);
    vec![
        ("PNG", [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0"[..], &filling(100)].concat()),
        ("GIF", [&b"GIF89a\x01\0\x01\0\x80\0\0"[..], &filling(30), b";"].concat()),
        ("WebP", [&b"RIFF\x40\0\0\0WEBPVP8 "[..], &filling(60)].concat()),
        ("HEIC", of_brand(b"heic")),
        ("HTML", b"<!DOCTYPE html><script>alert(1)</script>".to_vec()),
        ("HTML behind a JPEG's first bytes", b"\xff\xd8\xff\xe0<script>alert(1)</script>".to_vec()),
        ("SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec()),
        ("PDF", b"%PDF-1.7\n%%EOF\n".to_vec()),
        ("a cut JPEG", whole[..150_000].to_vec()),
        ("the first byte of a JPEG", whole[..1].to_vec()),
        ("the first bytes of a JPEG", whole[..3].to_vec()),
        ("an MP3", mp3(3)),
        ("an MP4", mp4(1_000)),
        ("text", "图片".as_bytes().to_vec()),
        ("one byte", vec![0]),
    ]
}

/// What people name `.mp4`, and what is none.
pub(super) fn no_mp4s() -> Vec<(&'static str, Vec<u8>)> {
    let whole = mp4(100_000);
    let mut longer = whole.clone();
    longer.extend([0, 0, 0]);
    let mut endless = whole.clone();
    endless[0..4].copy_from_slice(&2_u32.to_be_bytes());
    vec![
        ("a cut MP4", whole[..99_999].to_vec()),
        ("an MP4 cut before its data", whole[..140].to_vec()),
        ("an MP4 with something behind it", longer),
        ("an MP4 whose first box is shorter than its header", endless),
        ("QuickTime", of_brand(b"qt  ")),
        ("AAC in MP4", of_brand(b"M4A ")),
        ("AVI", [&b"RIFF\x40\0\0\0AVI LIST"[..], &filling(60)].concat()),
        ("WebM", [&b"\x1a\x45\xdf\xa3"[..], &filling(60)].concat()),
        ("FLV", [&b"FLV\x01\x05\0\0\0\x09"[..], &filling(60)].concat()),
        ("a JPEG", jpeg(1_000)),
    ]
}
