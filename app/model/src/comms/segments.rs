//! How many SMS a text costs. The one rule: it is counted as the network counts it (3GPP TS 23.038 and 23.040).

use serde::{Deserialize, Serialize};

crate::codes! {
    /// How a text is coded.
    SmsCoding { Gsm7 => "gsm7", Ucs2 => "ucs2" }
}

/// What a text costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsSize {
    pub coding: SmsCoding,
    /// Septets for GSM 7-bit, UTF-16 units for UCS-2.
    pub units: u32,
    pub parts: u32,
}

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// Counts a text: 160 septets or 70 units in one SMS, 153 or 67 in each part of a longer one. A pair of an escape or of
/// surrogates is never divided between parts.
pub fn sms_size(text: &str) -> SmsSize {
    let septets = |c: char| match c {
        c if BASIC.contains(c) => Some(1),
        c if EXTENSION.contains(c) => Some(2),
        _ => None,
    };
    match text.chars().map(septets).collect::<Option<Vec<u32>>>() {
        Some(sizes) => size(SmsCoding::Gsm7, &sizes, 160, 153),
        // A character has one or two UTF-16 units.
        None => size(SmsCoding::Ucs2, &text.chars().map(|c| c.len_utf16() as u32).collect::<Vec<_>>(), 70, 67),
    }
}

fn size(coding: SmsCoding, sizes: &[u32], single: u32, each: u32) -> SmsSize {
    let units = sizes.iter().sum();
    if units <= single {
        return SmsSize { coding, units, parts: 1 };
    }
    let mut parts = 1;
    let mut filled = 0;
    for size in sizes {
        if filled + size > each {
            parts += 1;
            filled = 0;
        }
        filled += size;
    }
    SmsSize { coding, units, parts }
}

/// The text with curly quotes, long dashes and odd blanks in their plain forms, which cost half as much.
pub fn plain(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let (first, rest) = match c {
                '\u{2018}' | '\u{2019}' | '\u{201b}' => ('\'', ""),
                '\u{201c}' | '\u{201d}' => ('"', ""),
                '\u{2010}'..='\u{2015}' | '\u{2212}' => ('-', ""),
                '\u{a0}' | '\u{202f}' | '\u{2009}' => (' ', ""),
                '\u{2026}' => ('.', ".."),
                'ç' => ('Ç', ""),
                c => (c, ""),
            };
            std::iter::once(first).chain(rest.chars())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> u32 {
        sms_size(text).parts
    }

    #[test]
    fn parts_are_counted_as_the_network_counts_them() {
        assert_eq!(parts(""), 1);
        assert_eq!(parts(&"a".repeat(160)), 1);
        assert_eq!(parts(&"a".repeat(161)), 2);
        assert_eq!(parts(&format!("{}€", "a".repeat(159))), 2);
        assert_eq!(parts(&"a".repeat(306)), 2);
        assert_eq!(parts(&"a".repeat(307)), 3);
        assert_eq!(parts(&"ş".repeat(71)), 2);
        assert_eq!(parts(&"😀".repeat(35)), 1);
        assert_eq!(parts(&"😀".repeat(36)), 2);
    }

    #[test]
    fn an_escape_pair_is_not_divided() {
        // The euro would straddle the end of the first part.
        assert_eq!(parts(&format!("{}€{}", "a".repeat(152), "a".repeat(153))), 3);
    }

    #[test]
    fn one_curly_quote_makes_a_text_dear_and_plain_makes_it_cheap() {
        let text = format!("{}\u{2019}", "a".repeat(100));
        assert_eq!((sms_size(&text).coding, parts(&text)), (SmsCoding::Ucs2, 2));
        assert_eq!(sms_size(&plain(&text)), SmsSize { coding: SmsCoding::Gsm7, units: 101, parts: 1 });
        assert_eq!(plain("KSh\u{a0}1,500 \u{2212} done\u{2026}"), "KSh 1,500 - done...");
    }

    proptest! {
        #[test]
        fn a_longer_text_never_costs_less(a in "\\PC{0,200}", b in "\\PC{0,50}") {
            let longer = a.clone() + &b;
            prop_assert!(parts(&a) <= parts(&longer));
        }
    }
}
