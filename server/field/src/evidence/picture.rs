//! Reading PNG and JPEG by their bytes, never by their name. The one rule: only the parts that draw the picture are
//! kept, so neither a place nor a time nor a hidden second file comes along (PNG 3rd edition; ITU-T T.81).

use model::AppError;

/// The two kinds that phones and canvases make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    Png,
    Jpeg,
}

impl MediaType {
    pub const fn text(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Png, Self::Jpeg].into_iter().find(|kind| kind.text() == text)
    }
}

/// Why bytes were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("Choose a photo in JPEG or PNG form.")]
    Kind,
    #[error("This picture did not arrive whole. Take or send it again.")]
    Broken,
}

/// A picture with its drawing parts only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub media_type: MediaType,
    pub bytes: Vec<u8>,
}

const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The chunks of a PNG that decide how it looks.
const PNG_KEPT: [&[u8; 4]; 11] =
    [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs"];

impl Picture {
    /// Reads a picture and drops its metadata and whatever stands behind its end.
    pub fn read(bytes: &[u8]) -> Result<Self, PictureError> {
        if let Some(rest) = bytes.strip_prefix(PNG_START) {
            return Ok(Self { media_type: MediaType::Png, bytes: png(rest).ok_or(PictureError::Broken)? });
        }
        if let Some(rest) = bytes.strip_prefix(b"\xff\xd8") {
            return Ok(Self { media_type: MediaType::Jpeg, bytes: jpeg(rest).ok_or(PictureError::Broken)? });
        }
        Err(PictureError::Kind)
    }
}

/// The bytes of a drawing that a page sends as a data address. Refuses what is none, and more than a picture may have.
pub fn of_data_url(text: &str) -> Result<Vec<u8>, AppError> {
    use base64::Engine;
    let refused = || AppError::invalid("drawing", "Let the customer sign in the box first.");
    let (_, encoded) = text.split_once(";base64,").ok_or_else(refused)?;
    // Four letters carry three bytes.
    if encoded.len() > super::PICTURE_BYTES_MAX / 3 * 4 {
        return Err(AppError::invalid("drawing", "This drawing is too large. Clear it and sign again."));
    }
    base64::engine::general_purpose::STANDARD.decode(encoded).map_err(|_| refused())
}

/// Length, name, content, checksum: chunk by chunk until the end.
fn png(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = PNG_START.to_vec();
    let mut is_first = true;
    loop {
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        let name = rest.get(4..8)?;
        if is_first && name != b"IHDR" {
            return None;
        }
        is_first = false;
        let whole = rest.get(..length.checked_add(12)?)?;
        if PNG_KEPT.iter().any(|kept| kept.as_slice() == name) {
            out.extend_from_slice(whole);
        }
        if name == b"IEND" {
            return Some(out);
        }
        rest = &rest[whole.len()..];
    }
}

/// Marker by marker. Application segments are metadata, but the first says how to read the pixels (JFIF) and the
/// fourteenth how the colours are coded (Adobe); comments go too.
fn jpeg(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = b"\xff\xd8".to_vec();
    let mut has_scan = false;
    loop {
        // Fill bytes may stand before a marker.
        let marker = match rest {
            [0xff, 0xff, ..] => {
                rest = &rest[1..];
                continue;
            }
            [0xff, marker, ..] => *marker,
            _ => return None,
        };
        match marker {
            0xd9 => {
                out.extend_from_slice(b"\xff\xd9");
                return has_scan.then_some(out);
            }
            // Markers without a length do not stand between segments.
            0x00 | 0x01 | 0xd0..=0xd8 => return None,
            _ => {}
        }
        let length = u16::from_be_bytes(rest.get(2..4)?.try_into().ok()?) as usize;
        if length < 2 {
            return None;
        }
        let segment = rest.get(..length + 2)?;
        let is_metadata = matches!(marker, 0xe1..=0xed | 0xef | 0xfe);
        if !is_metadata {
            out.extend_from_slice(segment);
        }
        rest = &rest[segment.len()..];
        if marker == 0xda {
            has_scan = true;
            let end = scan_end(rest)?;
            out.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
        }
    }
}

/// Where the coded pixels end: at a marker that is neither a stuffed zero nor a restart.
fn scan_end(data: &[u8]) -> Option<usize> {
    data.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut out = (content.len() as u32).to_be_bytes().to_vec();
        out.extend_from_slice(name);
        out.extend_from_slice(content);
        out.extend_from_slice(&[0; 4]);
        out
    }

    fn sample_png() -> Vec<u8> {
        [
            PNG_START.to_vec(),
            chunk(b"IHDR", &[0; 13]),
            chunk(b"eXIf", b"GPS"),
            chunk(b"IDAT", &[1, 2]),
            chunk(b"IEND", b""),
        ]
        .concat()
    }

    fn sample_jpeg() -> Vec<u8> {
        let mut out = b"\xff\xd8".to_vec();
        out.extend_from_slice(b"\xff\xe0\x00\x04JF");
        out.extend_from_slice(b"\xff\xe1\x00\x08Exif\x00\x00");
        out.extend_from_slice(b"\xff\xfe\x00\x06here");
        out.extend_from_slice(b"\xff\xda\x00\x03\x01\x12\xff\x00\x34\xff\xd0\x56");
        out.extend_from_slice(b"\xff\xd9");
        out
    }

    #[test]
    fn the_place_where_a_photo_was_taken_does_not_come_along() {
        let png = Picture::read(&sample_png()).unwrap();
        assert_eq!(png.media_type, MediaType::Png);
        assert!(!png.bytes.windows(3).any(|w| w == b"GPS"));
        let jpeg = Picture::read(&sample_jpeg()).unwrap();
        assert_eq!(jpeg.media_type, MediaType::Jpeg);
        assert_eq!(jpeg.bytes, b"\xff\xd8\xff\xe0\x00\x04JF\xff\xda\x00\x03\x01\x12\xff\x00\x34\xff\xd0\x56\xff\xd9");
    }

    #[test]
    fn a_second_file_behind_the_picture_is_dropped() {
        for sample in [sample_png(), sample_jpeg()] {
            let clean = Picture::read(&sample).unwrap().bytes;
            let hidden = [sample, b"<script>".to_vec()].concat();
            assert_eq!(Picture::read(&hidden).unwrap().bytes, clean);
        }
    }

    #[test]
    fn a_drawing_arrives_as_a_canvas_sends_it() {
        assert_eq!(of_data_url("data:image/png;base64,iVBORw0KGgo=").as_deref(), Ok(PNG_START));
        for text in ["", "hello", "data:image/png;base64,%%%", &format!("data:;base64,{}", "A".repeat(2_100_000))] {
            assert!(of_data_url(text).is_err());
        }
    }

    #[test]
    fn what_is_no_picture_or_half_of_one_is_refused() {
        for bytes in [&b""[..], b"GIF89a", b"<svg/>", b"%PDF-1.7"] {
            assert_eq!(Picture::read(bytes), Err(PictureError::Kind));
        }
        for sample in [sample_png(), sample_jpeg()] {
            for cut in 9..sample.len() - 1 {
                assert!(Picture::read(&sample[..cut]).is_err(), "{cut}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(start in 0..3_usize, rest in proptest::collection::vec(any::<u8>(), 0..200)) {
            let start: &[u8] = [PNG_START, b"\xff\xd8", b""][start];
            if let Ok(picture) = Picture::read(&[start, &rest].concat()) {
                prop_assert_eq!(Picture::read(&picture.bytes), Ok(picture.clone()));
            }
        }
    }
}
