//! File formats: told by the extension of the name and by the first bytes.

/// A format that some endpoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    Png,
    Gif,
    Bmp,
    Amr,
    Mp3,
    Wma,
    Wav,
    Mp4,
}

/// What the first eight bytes of a PNG are (ISO/IEC 15948, 5.2).
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The first half of the GUID that every ASF file, and so every WMA, begins with (ASF specification, 10.1).
const ASF: &[u8] = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11";

impl Format {
    /// The format that a file's name claims, in either case; `None` without a known extension.
    pub(crate) fn of_name(filename: &str) -> Option<Self> {
        let (_, extension) = filename.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" => Self::Jpeg,
            "png" => Self::Png,
            "gif" => Self::Gif,
            "bmp" => Self::Bmp,
            "amr" => Self::Amr,
            "mp3" => Self::Mp3,
            "wma" => Self::Wma,
            "wav" => Self::Wav,
            "mp4" => Self::Mp4,
            _ => return None,
        })
    }

    /// The format that the bytes begin like.
    pub(crate) fn of_content(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            _ if bytes.starts_with(PNG) => Some(Self::Png),
            _ if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") => Some(Self::Gif),
            [b'B', b'M', ..] => Some(Self::Bmp),
            // Narrow band and wide band (RFC 4867, 5).
            _ if bytes.starts_with(b"#!AMR") => Some(Self::Amr),
            _ if bytes.starts_with(ASF) => Some(Self::Wma),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Self::Wav),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            // A bare MPEG audio frame: eleven bits of synchronisation, and layer III (ISO/IEC 11172-3, 2.4.2.3).
            [0xff, second, ..] if second & 0xe6 == 0xe2 => Some(Self::Mp3),
            _ => None,
        }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::Amr => "audio/amr",
            Self::Mp3 => "audio/mpeg",
            Self::Wma => "audio/x-ms-wma",
            Self::Wav => "audio/wav",
            Self::Mp4 => "video/mp4",
        }
    }

    /// How a downloaded file's name ends.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Amr => "amr",
            Self::Mp3 => "mp3",
            Self::Wma => "wma",
            Self::Wav => "wav",
            Self::Mp4 => "mp4",
        }
    }

    /// What the addresses of WeChat's images call it (`wx_fmt`).
    pub(crate) const fn address_name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            other => other.extension(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_first_bytes_tell_the_format() {
        for (name, bytes, format) in [
            ("a.jpg", b"\xff\xd8\xff\xe0".as_slice(), Format::Jpeg),
            ("a.b.JPEG", b"\xff\xd8\xff\xdb", Format::Jpeg),
            ("猫.png", PNG, Format::Png),
            ("a.gif", b"GIF89a", Format::Gif),
            ("a.bmp", b"BM", Format::Bmp),
            ("a.amr", b"#!AMR\n", Format::Amr),
            ("a.amr", b"#!AMR-WB\n", Format::Amr),
            ("a.mp3", b"ID3\x03", Format::Mp3),
            ("a.mp3", b"\xff\xfb\x90", Format::Mp3),
            ("a.mp3", b"\xff\xf3\x90", Format::Mp3),
            ("a.wma", ASF, Format::Wma),
            ("a.wav", b"RIFF\0\0\0\0WAVEfmt ", Format::Wav),
            ("a.mp4", b"\0\0\0\x18ftypmp42", Format::Mp4),
        ] {
            assert_eq!(Format::of_name(name), Some(format), "{name}");
            assert_eq!(Format::of_content(bytes), Some(format), "{bytes:?}");
        }
        for name in ["", "jpg", "a.", "a.jpg.exe", "a.webp"] {
            assert_eq!(Format::of_name(name), None, "{name}");
        }
        for bytes in [b"".as_slice(), b"\xff", b"\xff\xd8", b"RIFF\0\0\0\0AVI ", b"<html>", b"\0\0\0\x18moov"] {
            assert_eq!(Format::of_content(bytes), None, "{bytes:?}");
        }
    }
}
