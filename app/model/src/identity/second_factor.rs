//! The second factor as its owner sees it. The one rule: seed and recovery codes are shown while it is set up, never after.

use serde::{Deserialize, Serialize};

/// How a person's second factor stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    pub is_on: bool,
    /// The ISP wants one of everybody: it cannot be switched off, and nothing else opens without it.
    pub is_required: bool,
    /// Recovery codes that were not used yet.
    pub codes_left: i64,
    /// The last proof of who this is was too long ago: setting up asks for the password.
    pub asks_password: bool,
    /// What is being set up now.
    pub enrolment: Option<Enrolment>,
}

/// A second factor on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enrolment {
    /// The authenticator is to read the code or the key, and to answer with its first six digits.
    Scan { svg: String, key: String },
    /// It works. These codes are shown until the person says that they are kept.
    Keep { codes: Vec<String> },
}

/// A password or a code, asked again before a dangerous step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofForm {
    #[serde(default)]
    pub proof: String,
}

/// A key in groups of four, which is how it is typed.
pub fn grouped_key(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_key_is_typed_in_groups_of_four() {
        assert_eq!(super::grouped_key("JBSWY3DPEHPK3PXPAB"), "JBSW Y3DP EHPK 3PXP AB");
        assert_eq!(super::grouped_key(""), "");
    }
}
