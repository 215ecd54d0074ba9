//! Closed lists of words (states, kinds, reasons) as enums. The one rule: the word in the database, in JSON, in a form
//! and in the code is the same, and it is written once.

/// A word that is not on the list. As a field error it tells the reader to choose again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose one of the values in the list.")]
pub struct UnknownCode;

/// Declares an enum whose variants are stored and sent as words:
/// `codes! { /// What it is. LeadStatus { New => "new", Lost => "lost" } }`.
///
/// Gives `ALL` (in the order of the list), `code`, `from_code`, `Display`, `FromStr`, serde and the usual comparisons.
#[macro_export]
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident => $code:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name { $($(#[$variant_meta])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// Every value, in the order in which people list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that is stored and sent.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The value of a stored word, or `None` for a word that is not on the list.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::codes::UnknownCode;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::from_code(text.trim()).ok_or($crate::codes::UnknownCode)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    crate::codes! {
        /// A light.
        Light { Red => "red", DeepGreen => "deep_green" }
    }

    #[test]
    fn a_code_is_the_same_word_in_text_and_in_json() {
        for light in Light::ALL {
            assert_eq!(Light::from_code(light.code()), Some(*light));
            assert_eq!(serde_json::to_string(light).ok(), Some(format!("\"{}\"", light.code())));
            assert_eq!(light.to_string().parse(), Ok(*light));
        }
    }

    #[test]
    fn an_unknown_code_is_refused() {
        assert_eq!(Light::from_code("blue"), None);
        assert!("".parse::<Light>().is_err());
    }
}
