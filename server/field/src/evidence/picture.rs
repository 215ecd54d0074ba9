//! Reading PNG and JPEG by their bytes, never by their name. The one rule: a picture is decoded and written anew, so that
//! nothing but its pixels is stored: no place, no time, no hidden second file, nothing that a reader could stumble over.

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use model::AppError;
use std::io::Cursor;

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
    #[error("This picture has too many pixels. Take it with a lower resolution.")]
    TooLarge,
}

/// A picture that was written by ourselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub media_type: MediaType,
    pub bytes: Vec<u8>,
}

const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG_START: &[u8] = b"\xff\xd8";
/// No phone makes a longer side; a picture that says it does wants our memory.
const SIDE_MAX: u32 = 8192;
/// A photo of twelve million pixels takes 36 MB, and turning it as much again.
const MEMORY_MAX: u64 = 160 << 20;
/// What the eye does not tell from the best, at a fifth of its size.
const JPEG_QUALITY: u8 = 85;

impl Picture {
    /// Decodes a picture, turns it the way the camera was held, and writes it anew. It takes a while: not for a thread
    /// that serves others.
    pub fn read(bytes: &[u8]) -> Result<Self, PictureError> {
        let (media_type, is_whole) = if let Some(rest) = bytes.strip_prefix(PNG_START) {
            (MediaType::Png, png_ends(rest))
        } else if let Some(rest) = bytes.strip_prefix(JPEG_START) {
            (MediaType::Jpeg, jpeg_ends(rest))
        } else {
            return Err(PictureError::Kind);
        };
        // Decoders paint what is missing grey; half a photo proves nothing.
        if is_whole.is_none() {
            return Err(PictureError::Broken);
        }
        let pixels = decode(bytes, media_type).map_err(|error| match error {
            ImageError::Limits(_) => PictureError::TooLarge,
            _ => PictureError::Broken,
        })?;
        let bytes = encode(&pixels, media_type).map_err(|_| PictureError::Broken)?;
        Ok(Self { media_type, bytes })
    }
}

fn decode(bytes: &[u8], media_type: MediaType) -> Result<DynamicImage, ImageError> {
    let format = match media_type {
        MediaType::Png => ImageFormat::Png,
        MediaType::Jpeg => ImageFormat::Jpeg,
    };
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE_MAX), Some(SIDE_MAX));
    limits.max_alloc = Some(MEMORY_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let held = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut pixels = DynamicImage::from_decoder(decoder)?;
    pixels.apply_orientation(held);
    Ok(pixels)
}

/// A drawing stays a PNG, because its ground is transparent.
fn encode(pixels: &DynamicImage, media_type: MediaType) -> Result<Vec<u8>, ImageError> {
    let mut out = Cursor::new(Vec::new());
    match media_type {
        MediaType::Png => pixels.write_to(&mut out, ImageFormat::Png)?,
        MediaType::Jpeg => pixels.write_with_encoder(JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY))?,
    }
    Ok(out.into_inner())
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

/// Length, name, content, checksum: chunk by chunk until the end. `None`: it does not come.
fn png_ends(mut rest: &[u8]) -> Option<()> {
    loop {
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        let name = rest.get(4..8)?;
        let whole = rest.get(..length.checked_add(12)?)?;
        if name == b"IEND" {
            return Some(());
        }
        rest = &rest[whole.len()..];
    }
}

/// Marker by marker until the end. `None`: it does not come.
fn jpeg_ends(mut rest: &[u8]) -> Option<()> {
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
            0xd9 => return Some(()),
            // Markers without a length do not stand between segments.
            0x00 | 0x01 | 0xd0..=0xd8 => return None,
            _ => {}
        }
        let length = u16::from_be_bytes(rest.get(2..4)?.try_into().ok()?) as usize;
        rest = rest.get(length.checked_add(2)?..)?;
        if marker == 0xda {
            rest = &rest[scan_end(rest)?..];
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
    use image::{Rgb, RgbImage};
    use proptest::prelude::*;

    /// Three pixels wide, one high: red, green, blue.
    fn pixels() -> DynamicImage {
        let mut image = RgbImage::new(48, 16);
        for (x, _, pixel) in image.enumerate_pixels_mut() {
            *pixel = [Rgb([255, 0, 0]), Rgb([0, 255, 0]), Rgb([0, 0, 255])][x as usize / 16];
        }
        image.into()
    }

    fn sample(media_type: MediaType) -> Vec<u8> {
        encode(&pixels(), media_type).unwrap()
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |s, _| if s & 1 == 1 { (s >> 1) ^ 0xedb8_8320 } else { s >> 1 })
        })
    }

    /// What a camera writes into a photo: that it was held upright, and where.
    fn exif() -> Vec<u8> {
        // One entry: orientation (0x0112), a short, 6 = turn a quarter to the right.
        let tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        [&tiff[..], b"GPS 1.18S 36.93E"].concat()
    }

    fn photo_with_a_place() -> Vec<u8> {
        let clean = sample(MediaType::Jpeg);
        let body = [b"Exif\0\0".to_vec(), exif()].concat();
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [JPEG_START, b"\xff\xe1", &length, &body, &clean[2..]].concat()
    }

    fn drawing_with_a_comment() -> Vec<u8> {
        let clean = sample(MediaType::Png);
        let named = b"tEXtComment\0GPS 1.18S 36.93E";
        let length = u32::try_from(named.len() - 4).unwrap().to_be_bytes();
        // Behind the signature and the header of 25 bytes.
        [&clean[..33], &length, named, &crc(named).to_be_bytes(), &clean[33..]].concat()
    }

    #[test]
    fn the_place_where_a_photo_was_taken_does_not_come_along() {
        for sample in [photo_with_a_place(), drawing_with_a_comment()] {
            assert!(sample.windows(3).any(|w| w == b"GPS"));
            let clean = Picture::read(&sample).unwrap();
            assert!(!clean.bytes.windows(3).any(|w| w == b"GPS"));
            assert!(!clean.bytes.windows(4).any(|w| w == b"Exif"));
        }
        assert_eq!(Picture::read(&drawing_with_a_comment()).unwrap().media_type, MediaType::Png);
    }

    #[test]
    fn a_photo_stands_upright_although_nothing_says_how_it_was_held_any_more() {
        let upright = Picture::read(&photo_with_a_place()).unwrap();
        let shown = decode(&upright.bytes, upright.media_type).unwrap().to_rgb8();
        assert_eq!(shown.dimensions(), (16, 48));
        let top = shown.get_pixel(8, 8).0;
        assert!(top[0] > 200 && top[1] < 60, "the left end is on top: {top:?}");
    }

    #[test]
    fn a_second_file_behind_the_picture_is_dropped() {
        for sample in [sample(MediaType::Png), sample(MediaType::Jpeg)] {
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
        for sample in [sample(MediaType::Png), sample(MediaType::Jpeg)] {
            for cut in 9..sample.len() - 1 {
                assert!(Picture::read(&sample[..cut]).is_err(), "{cut}");
            }
        }
    }

    #[test]
    fn a_file_that_only_looks_like_a_picture_is_refused() {
        // Every segment in its place, and no pixel behind them.
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xda\x00\x03\x01\x12\xff\x00\x34\xff\xd0\x56\xff\xd9";
        assert_eq!(Picture::read(jpeg), Err(PictureError::Broken));
    }

    #[test]
    fn a_small_file_that_wants_all_memory_is_refused() {
        let mut bomb = sample(MediaType::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let sum = crc(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&sum);
        assert_eq!(Picture::read(&bomb), Err(PictureError::TooLarge));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(start in 0..3_usize, rest in proptest::collection::vec(any::<u8>(), 0..200)) {
            let start: &[u8] = [PNG_START, JPEG_START, b""][start];
            if let Ok(picture) = Picture::read(&[start, &rest].concat()) {
                prop_assert!(Picture::read(&picture.bytes).is_ok());
            }
        }
    }
}
