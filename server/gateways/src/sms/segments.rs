//! How many parts a text is sent and billed as (3GPP TS 23.038 and 23.040).
//! The one rule: one character outside the GSM alphabet turns the whole text into UCS-2, with parts of 70 or 67.

/// The basic GSM alphabet without the escape, one septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Escaped characters, two septets each.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The encoding that a text needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Gsm7,
    Ucs2,
}

/// The size of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    pub encoding: Encoding,
    /// Septets or UTF-16 units.
    pub units: usize,
    pub parts: u32,
}

/// Counts the parts of a text; an empty text has none.
pub fn segments(text: &str) -> Segments {
    let septets: Option<Vec<usize>> = text.chars().map(septets_of).collect();
    match septets {
        Some(sizes) => count(Encoding::Gsm7, &sizes, 160, 153),
        None => {
            let sizes: Vec<usize> = text.chars().map(char::len_utf16).collect();
            count(Encoding::Ucs2, &sizes, 70, 67)
        }
    }
}

fn septets_of(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// Packs characters greedily; an escape pair or a surrogate pair never lies in two parts.
fn count(encoding: Encoding, sizes: &[usize], single: usize, part: usize) -> Segments {
    let units: usize = sizes.iter().sum();
    if units <= single {
        return Segments { encoding, units, parts: u32::from(units > 0) };
    }
    let (mut parts, mut used) = (1u32, 0usize);
    for size in sizes {
        if used + size > part {
            parts = parts.saturating_add(1);
            used = 0;
        }
        used += size;
    }
    Segments { encoding, units, parts }
}

/// Replaces typographic characters that force UCS-2 by their plain forms; everything else is kept.
pub fn transliterate(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '‘' | '’' | '‚' | '′' => plain.push('\''),
            '“' | '”' | '„' | '″' => plain.push('"'),
            '–' | '—' | '−' | '‑' => plain.push('-'),
            '…' => plain.push_str("..."),
            '\u{a0}' | '\u{202f}' | '\u{2009}' => plain.push(' '),
            'ç' => plain.push('c'),
            '\u{200b}' | '\u{feff}' => {}
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> u32 {
        segments(text).parts
    }

    #[test]
    fn plain_texts_have_160_and_then_153_septets_a_part() {
        assert_eq!(parts(""), 0);
        assert_eq!(parts(&"a".repeat(160)), 1);
        assert_eq!(parts(&"a".repeat(161)), 2);
        assert_eq!(parts(&"a".repeat(306)), 2);
        assert_eq!(parts(&"a".repeat(307)), 3);
    }

    #[test]
    fn an_escaped_character_takes_two_septets() {
        let text = format!("{}€", "a".repeat(159));
        assert_eq!(segments(&text), Segments { encoding: Encoding::Gsm7, units: 161, parts: 2 });
    }

    #[test]
    fn an_escape_pair_is_not_split_between_parts() {
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        assert_eq!(segments(&text), Segments { encoding: Encoding::Gsm7, units: 306, parts: 3 });
    }

    #[test]
    fn other_texts_have_70_and_then_67_units_a_part() {
        assert_eq!(parts(&"ş".repeat(70)), 1);
        assert_eq!(parts(&"ş".repeat(71)), 2);
        assert_eq!(parts(&"😀".repeat(35)), 1);
        assert_eq!(parts(&"😀".repeat(36)), 2);
        assert_eq!(segments("ç").encoding, Encoding::Ucs2);
    }

    #[test]
    fn the_basic_alphabet_has_127_characters_beside_the_escape() {
        assert_eq!(BASIC.chars().count(), 127);
    }

    #[test]
    fn typographic_characters_become_plain() {
        assert_eq!(transliterate("“Don’t” – wait…\u{a0}ok"), "\"Don't\" - wait... ok");
        assert_eq!(segments(&transliterate("KSh\u{a0}1,500 – asante")).encoding, Encoding::Gsm7);
    }

    proptest! {
        #[test]
        fn a_longer_text_never_has_fewer_parts(text in "\\PC{0,400}", more in "[a-z]{0,40}") {
            let longer = format!("{text}{more}");
            prop_assert!(parts(&longer) >= parts(&text));
        }
    }
}
