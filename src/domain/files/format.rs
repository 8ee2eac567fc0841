//! The formats of files that are taken, told by their content.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

/// Bytes at the start of a file that tell its format.
const MAGIC: u64 = 512;

/// Bytes at the end of a JPEG that are searched for its end: cameras and editors append a little of their own.
const TAIL: u64 = 64 * 1024;

/// The format of a file. Uploads may be JPEG, MP3, AMR and MP4; the others are what followers send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG image.
    Jpeg,
    /// MPEG audio layer III.
    Mp3,
    /// Adaptive Multi-Rate audio, RFC 4867.
    Amr,
    /// MPEG-4 video, ISO/IEC 14496-14.
    Mp4,
    /// PNG image.
    Png,
    /// GIF image.
    Gif,
    /// Speex audio as WeChat gives it: bare frames, which nothing in them tells.
    Speex,
    /// Any other.
    Unknown,
}

impl Format {
    /// The extension by which a file of this format is stored and offered.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Mp3 => "mp3",
            Self::Amr => "amr",
            Self::Mp4 => "mp4",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Speex => "speex",
            Self::Unknown => "bin",
        }
    }

    /// All extensions that files of this format have in practice.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Mp3 => &["mp3"],
            Self::Amr => &["amr"],
            Self::Mp4 => &["mp4"],
            Self::Png => &["png"],
            Self::Gif => &["gif"],
            Self::Speex => &["speex", "spx"],
            Self::Unknown => &["bin"],
        }
    }

    /// Media type, as IANA registers it; of bare Speex frames the one that is used for them in practice.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Mp3 => "audio/mpeg",
            Self::Amr => "audio/amr",
            Self::Mp4 => "video/mp4",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Speex => "audio/x-speex",
            Self::Unknown => "application/octet-stream",
        }
    }

    /// The format of stored files of this media type.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        const ALL: [Format; 8] = [
            Format::Jpeg,
            Format::Mp3,
            Format::Amr,
            Format::Mp4,
            Format::Png,
            Format::Gif,
            Format::Speex,
            Format::Unknown,
        ];
        ALL.into_iter().find(|format| format.media_type() == media_type)
    }

    /// Whether a file name ends in one of the format's extensions, in any case.
    pub fn is_extension_of(self, file_name: &str) -> bool {
        file_name
            .rsplit_once('.')
            .is_some_and(|(_, extension)| self.extensions().iter().any(|known| known.eq_ignore_ascii_case(extension)))
    }

    /// The format of a file, by its content alone; `None` for any other, and for one that is cut off where that can be
    /// told: a JPEG without its end, an MP4 whose boxes do not end where the file does.
    pub(super) fn detect(file: &mut File) -> io::Result<Option<Self>> {
        let size = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let mut magic = Vec::new();
        file.by_ref().take(MAGIC).read_to_end(&mut magic)?;
        let format = match magic.as_slice() {
            [0xff, 0xd8, 0xff, ..] => is_whole_jpeg(file, size)?.then_some(Self::Jpeg),
            [b'#', b'!', b'A', b'M', b'R', ..] => Some(Self::Amr),
            [b'I', b'D', b'3', ..] => is_tagged_audio(&magic, size).then_some(Self::Mp3),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..]
                if !OTHER_BRANDS.iter().any(|other| brand.starts_with(other)) =>
            {
                is_whole_mp4(file, size)?.then_some(Self::Mp4)
            }
            other => is_mpeg_frame(other).then_some(Self::Mp3),
        };
        Ok(format)
    }
}

impl Format {
    /// The format of a file that WeChat gave: what WeChat shows to people is not asked for its end.
    pub(super) fn sniff(file: &mut File) -> io::Result<Option<Self>> {
        file.rewind()?;
        let mut magic = Vec::new();
        file.by_ref().take(MAGIC).read_to_end(&mut magic)?;
        match magic.as_slice() {
            [0xff, 0xd8, 0xff, ..] => Ok(Some(Self::Jpeg)),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Some(Self::Png)),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Some(Self::Gif)),
            _ => Self::detect(file),
        }
    }
}

/// Major brands of files that are built like MP4 and are none: QuickTime films, and audio.
const OTHER_BRANDS: [&[u8]; 3] = [b"qt  ", b"M4A ", b"M4B "];

/// Whether an ID3v2 tag ("ID3 tag version 2.4.0", section 3.1) leaves room for audio behind it: its length is four times
/// seven bits.
fn is_tagged_audio(bytes: &[u8], size: u64) -> bool {
    let Some(length) = bytes.get(6..10) else { return false };
    let length = length.iter().fold(0, |length, byte| length << 7 | u64::from(*byte & 0x7f));
    bytes[6..10].iter().all(|byte| *byte < 0x80) && length + 10 < size
}

/// Whether the bytes start with the header of an MPEG audio frame of layer III (ISO/IEC 11172-3, section 2.4.1.3):
/// eleven set bits, a known version, layer III, a bit rate and a sampling rate that exist.
fn is_mpeg_frame(bytes: &[u8]) -> bool {
    let [0xff, second, third, _, ..] = bytes else { return false };
    second & 0xe0 == 0xe0
        && second & 0x18 != 0x08
        && second & 0x06 == 0x02
        && third & 0xf0 != 0xf0
        && third & 0x0c != 0x0c
}

/// Whether the end-of-image marker (ITU T.81, annex B) stands near the end.
fn is_whole_jpeg(file: &mut File, size: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.by_ref().take(TAIL).read_to_end(&mut tail)?;
    Ok(size > 4 && tail.windows(2).any(|marker| marker == [0xff, 0xd9]))
}

/// Whether the boxes (ISO/IEC 14496-12, section 4.2) follow each other to exactly the end of the file, with the one that
/// describes the film and one that holds it among them.
fn is_whole_mp4(file: &mut File, size: u64) -> io::Result<bool> {
    let (mut at, mut describes, mut holds) = (0, false, false);
    while at < size {
        file.seek(SeekFrom::Start(at))?;
        let mut header = [0; 16];
        let read = read_up_to(file, &mut header)?;
        if read < 8 {
            return Ok(false);
        }
        let short = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
        let length = match short {
            0 => size - at,
            1 if read == 16 => {
                let [_, _, _, _, _, _, _, _, long @ ..] = header;
                u64::from_be_bytes(long)
            }
            1 => return Ok(false),
            short => u64::from(short),
        };
        let least = if short == 1 { 16 } else { 8 };
        if length < least || length > size - at {
            return Ok(false);
        }
        match &header[4..8] {
            b"moov" => describes = true,
            b"mdat" | b"moof" => holds = true,
            _ => {}
        }
        at += length;
    }
    Ok(describes && holds)
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read(&mut buffer[read..])? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests;
