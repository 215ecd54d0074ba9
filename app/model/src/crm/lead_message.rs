//! The grammar of a lead that arrives as a WhatsApp or SMS message. The one rule: it is tolerant; whatever was understood
//! is kept, whatever is missing is named, so that the reply can say both.
//!
//! Understood forms, English or Swahili, any case:
//! `LEAD Jane Wanjiru 0712345678 Jacaranda Court B12 Home 20` · `lead: Jane, 0712 345 678, Jacaranda Court, B12` ·
//! one part a line · `name: Jane phone: 0712… building: Jacaranda` · `MTEJA Jane …`, `jina: … simu: … jengo: … chumba: …`.

use crate::msisdn::Msisdn;
use serde::{Deserialize, Serialize};

crate::codes! {
    /// The parts of a lead, in the order in which the reply asks for them.
    LeadPart {
        Name => "name",
        Phone => "phone",
        Building => "building",
        Unit => "unit",
        Plan => "plan",
    }
}

/// What a message said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedLead {
    /// Whether the message began with LEAD, MTEJA or the like. Without it, it may be small talk.
    pub has_keyword: bool,
    pub phone: Option<Msisdn>,
    pub name: Option<String>,
    pub building: Option<String>,
    pub unit: Option<String>,
    pub plan: Option<String>,
}

impl ParsedLead {
    /// The parts that were not found. Name and phone are asked for; the rest helps.
    pub fn missing(&self) -> Vec<LeadPart> {
        LeadPart::ALL.iter().copied().filter(|part| self.get(*part).is_none()).collect()
    }

    /// The text of a part, if it was found.
    pub fn get(&self, part: LeadPart) -> Option<String> {
        match part {
            LeadPart::Phone => self.phone.map(|phone| phone.to_string()),
            LeadPart::Name => self.name.clone(),
            LeadPart::Building => self.building.clone(),
            LeadPart::Unit => self.unit.clone(),
            LeadPart::Plan => self.plan.clone(),
        }
    }

    /// Whether a lead can be made of it: somebody who can be called. A message without keyword must also name the
    /// person, else it is somebody's question with a number in it.
    pub const fn is_lead(&self) -> bool {
        self.phone.is_some() && (self.has_keyword || self.name.is_some())
    }

    fn slot(&mut self, part: LeadPart) -> Option<&mut Option<String>> {
        match part {
            LeadPart::Phone => None,
            LeadPart::Name => Some(&mut self.name),
            LeadPart::Building => Some(&mut self.building),
            LeadPart::Unit => Some(&mut self.unit),
            LeadPart::Plan => Some(&mut self.plan),
        }
    }

    /// Keeps the first value of a part; later ones do not overwrite it.
    fn fill(&mut self, part: LeadPart, words: &[&str]) {
        let is_filler = |word: &&str| part == LeadPart::Name && is_word(word, &FILLERS);
        let words: Vec<&str> = words.iter().copied().filter(|word| !is_filler(word)).collect();
        let text: String = words.join(" ").chars().take(TEXT_CHARS_MAX).collect();
        let text = text.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ')' | '(' | '\'')).trim();
        if let Some(slot) = self.slot(part)
            && slot.is_none()
            && !text.is_empty()
        {
            *slot = Some(text.to_owned());
        }
    }

    /// The building, then the street or area that follows it, as long as there is room. Long numbers are other phones.
    fn add_to_building(&mut self, words: &[&str]) {
        let is_number = |word: &str| word.bytes().filter(u8::is_ascii_digit).count() >= 8;
        let words: Vec<&str> = words.iter().copied().filter(|word| !is_number(word)).collect();
        let mut more = Self::default();
        more.fill(LeadPart::Building, &words);
        match (&mut self.building, more.building) {
            (Some(known), Some(more)) if known.chars().count() + more.chars().count() + 2 <= TEXT_CHARS_MAX => {
                known.push_str(", ");
                known.push_str(&more);
            }
            (None, Some(more)) => self.building = Some(more),
            _ => {}
        }
    }
}

/// Longest text kept for one part; the message itself is stored beside the lead.
const TEXT_CHARS_MAX: usize = 120;
/// Longest message read: WhatsApp sends up to 4,096 characters.
const MESSAGE_CHARS_MAX: usize = 4096;

/// Stands in the text where the phone was. It is a separator that nobody types.
const PHONE_MARK: char = '\u{1}';

const KEYWORDS: [&str; 6] = ["lead", "leads", "newlead", "mteja", "client", "customer"];
/// Words between keyword and name that are no names.
const FILLERS: [&str; 8] = ["wangu", "mpya", "anaitwa", "ni", "is", "called", "named", "new"];
const PLAN_WORDS: [&str; 14] = [
    "home",
    "nyumbani",
    "business",
    "biashara",
    "biz",
    "basic",
    "starter",
    "premium",
    "standard",
    "family",
    "office",
    "plan",
    "package",
    "kifurushi",
];
const UNIT_WORDS: [&str; 12] =
    ["unit", "house", "hse", "flat", "apt", "apartment", "room", "door", "shop", "nyumba", "chumba", "duka"];
const KEYS: [(&str, LeadPart); 21] = [
    ("name", LeadPart::Name),
    ("jina", LeadPart::Name),
    ("phone", LeadPart::Phone),
    ("tel", LeadPart::Phone),
    ("mobile", LeadPart::Phone),
    ("number", LeadPart::Phone),
    ("simu", LeadPart::Phone),
    ("namba", LeadPart::Phone),
    ("building", LeadPart::Building),
    ("bldg", LeadPart::Building),
    ("estate", LeadPart::Building),
    ("jengo", LeadPart::Building),
    ("place", LeadPart::Building),
    ("unit", LeadPart::Unit),
    ("house", LeadPart::Unit),
    ("flat", LeadPart::Unit),
    ("nyumba", LeadPart::Unit),
    ("chumba", LeadPart::Unit),
    ("plan", LeadPart::Plan),
    ("package", LeadPart::Plan),
    ("kifurushi", LeadPart::Plan),
];

/// Reads a message. Never fails: an unreadable message gives a `ParsedLead` with everything missing.
pub fn parse_lead_message(text: &str) -> ParsedLead {
    let text: String = text.chars().take(MESSAGE_CHARS_MAX).map(plain).collect();
    let (phone, text) = take_phone(&text);
    let mut lead = ParsedLead { phone, ..ParsedLead::default() };

    let text = strip_keyword(&text, &mut lead.has_keyword);
    let mut free: Vec<Vec<&str>> = Vec::new();
    for segment in text.split([',', ';', '\n', '|']) {
        read_keys(segment, &mut lead, &mut free);
    }
    free.retain(|words| !words.is_empty());

    let is_one_line = free.len() == 1;
    for words in &free {
        // The name stands beside the phone, or alone in a segment of its own.
        let has_phone = words.contains(&PHONE_WORD) && words.len() > 1;
        if lead.name.is_none() && (is_one_line || has_phone) {
            read_line(words, &mut lead);
        } else {
            read_segment(words, &mut lead);
        }
    }
    lead
}

const PHONE_WORD: &str = "\u{1}";

/// Control characters and odd blanks become blanks, so that nothing invisible gets into a name.
fn plain(c: char) -> char {
    match c {
        '\n' | '\r' => '\n',
        '\u{ff0c}' | '\u{3001}' => ',',
        '\u{ff1a}' => ':',
        c if c.is_whitespace() || c.is_control() => ' ',
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => ' ',
        c => c,
    }
}

/// Finds the first mobile number, however it is grouped, and puts `PHONE_MARK` in its place.
fn take_phone(text: &str) -> (Option<Msisdn>, String) {
    let chars: Vec<char> = text.chars().collect();
    for start in 0..chars.len() {
        let begins = chars[start] == '+' || chars[start].is_ascii_digit();
        if !begins || (start > 0 && (chars[start - 1].is_alphanumeric() || chars[start - 1] == '+')) {
            continue;
        }
        let mut digits = String::with_capacity(16);
        for (end, c) in chars.iter().enumerate().skip(start) {
            match c {
                '+' if end == start => digits.push('+'),
                '0'..='9' => digits.push(*c),
                ' ' | '-' | '.' | '(' | ')' | '/' => continue,
                _ => break,
            }
            if digits.len() > 16 {
                break;
            }
            let ends_here = chars.get(end + 1).is_none_or(|next| !next.is_alphanumeric());
            if ends_here && let Ok(phone) = Msisdn::parse(&digits) {
                let mut rest: String = chars[..start].iter().collect();
                rest.extend([' ', PHONE_MARK, ' ']);
                rest.extend(&chars[end + 1..]);
                return (Some(phone), rest);
            }
        }
    }
    (None, text.to_owned())
}

/// Drops the keyword in front, with whatever stands between it and the rest.
fn strip_keyword<'a>(text: &'a str, found: &mut bool) -> &'a str {
    let trimmed = text.trim_start_matches(|c: char| !c.is_alphanumeric() && c != PHONE_MARK);
    let end = trimmed.find(|c: char| !c.is_alphanumeric()).unwrap_or(trimmed.len());
    let (word, rest) = trimmed.split_at(end);
    let word = word.to_lowercase();
    if KEYWORDS.contains(&word.as_str()) {
        *found = true;
        return rest.trim_start_matches([' ', ':', '-', '#', '.', '=', ',', '\n', ';']);
    }
    // "NEW LEAD …" turns the words round.
    if matches!(word.as_str(), "new" | "mpya") {
        let mut inner = false;
        let after = strip_keyword(rest, &mut inner);
        if inner {
            *found = true;
            return after;
        }
    }
    text
}

/// Reads the `key: value` pairs of a segment into the lead, and gives the words before the first key to `free`.
fn read_keys<'a>(segment: &'a str, lead: &mut ParsedLead, free: &mut Vec<Vec<&'a str>>) {
    let words: Vec<&str> = segment.split_whitespace().collect();
    let mut loose = Vec::new();
    let mut open: Option<(LeadPart, Vec<&str>)> = None;
    let mut at = 0;
    while at < words.len() {
        // `name: Jane`, `name : Jane`, `name=Jane`.
        let word = words[at];
        let (head, tail) = match word.split_once([':', '=']) {
            Some((head, tail)) => (head, Some(tail)),
            None if words.get(at + 1).is_some_and(|next| matches!(*next, ":" | "=")) => (word, Some("")),
            None => (word, None),
        };
        let key = tail.and_then(|_| KEYS.iter().find(|(key, _)| key.eq_ignore_ascii_case(head)));
        if let Some((_, part)) = key {
            if let Some((part, value)) = open.take() {
                lead.fill(part, &value);
            }
            if !word.contains([':', '=']) {
                at += 1;
            }
            open = Some((*part, tail.filter(|t| !t.is_empty()).into_iter().collect()));
        } else if let Some((_, value)) = &mut open {
            if word != PHONE_WORD {
                value.push(word);
            }
        } else {
            loose.push(word);
        }
        at += 1;
    }
    if let Some((part, value)) = open {
        lead.fill(part, &value);
    }
    free.push(loose);
}

/// Reads one of several segments. They stand in order: name, building, unit, plan; the phone anywhere.
fn read_segment(words: &[&str], lead: &mut ParsedLead) {
    let words: Vec<&str> = words.iter().copied().filter(|word| *word != PHONE_WORD).collect();
    if lead.plan.is_none() && plan_start(&words) == Some(0) {
        lead.fill(LeadPart::Plan, &words);
    } else if lead.name.is_none() && !has_digit(&words) {
        lead.fill(LeadPart::Name, &words);
    } else {
        read_place(&words, lead);
    }
}

/// Reads one line: the name stands before the phone, or in front when the phone comes first or is missing.
fn read_line(words: &[&str], lead: &mut ParsedLead) {
    let words = &words[words.iter().take_while(|word| is_word(word, &FILLERS)).count()..];
    let at = words.iter().position(|word| *word == PHONE_WORD);
    let (before, after) = match at {
        Some(at) => (&words[..at], &words[at + 1..]),
        None => (&words[..0], words),
    };
    if before.is_empty() && !lead.has_keyword {
        // Small talk with a number in it: no word of it is a name.
        read_place(after, lead);
    } else if before.is_empty() {
        // Two words are a name in most messages; what follows is the place.
        let name_words =
            after.iter().take(2).take_while(|word| !has_digit(&[word]) && !is_word(word, &UNIT_WORDS)).count();
        let name_words = plan_start(after).map_or(name_words, |plan| name_words.min(plan));
        lead.fill(LeadPart::Name, &after[..name_words]);
        read_place(&after[name_words..], lead);
    } else if has_digit(before) {
        // The phone stands last: name and place are before it.
        read_line(&before.iter().chain(after).copied().collect::<Vec<_>>(), lead);
    } else {
        lead.fill(LeadPart::Name, before);
        read_place(after, lead);
    }
}

/// Reads building, unit and plan, in this order, from words without marks.
fn read_place(words: &[&str], lead: &mut ParsedLead) {
    let words: Vec<&str> = words.iter().copied().filter(|word| *word != PHONE_WORD).collect();
    let (place, plan) = words.split_at(plan_start(&words).unwrap_or(words.len()));
    lead.fill(LeadPart::Plan, plan);

    let marked = |at: &usize| is_word(place[*at], &UNIT_WORDS) && place.get(at + 1).is_some_and(|next| is_unit(next));
    let unit = match (0..place.len()).find(marked) {
        Some(at) => Some(at..at + 2),
        None => place.iter().rposition(|word| is_unit(word)).map(|at| at..at + 1),
    };
    match unit {
        Some(unit) => {
            lead.fill(LeadPart::Unit, &place[unit.end - 1..unit.end]);
            lead.add_to_building(&place[..unit.start]);
            lead.add_to_building(&place[unit.end..]);
        }
        None => lead.add_to_building(place),
    }
}

/// Where the wished plan begins: at a speed (`20mbps`), or at a plan word followed by a number (`Home 20`).
fn plan_start(words: &[&str]) -> Option<usize> {
    let is_speed = |word: &str| {
        let word = word.to_lowercase();
        let digits = word.trim_end_matches("mbps").trim_end_matches("mb");
        digits.len() < word.len() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let begins_with_digit = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    words.iter().enumerate().position(|(at, word)| {
        let next = words.get(at + 1);
        is_speed(word) && word.len() > 2
            || begins_with_digit(word) && next.is_some_and(|next| matches!(next.to_lowercase().as_str(), "mbps" | "mb"))
            || is_word(word, &PLAN_WORDS) && next.is_some_and(begins_with_digit)
    })
}

fn is_word(word: &str, list: &[&str]) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    list.iter().any(|entry| entry.eq_ignore_ascii_case(word))
}

fn has_digit(words: &[&str]) -> bool {
    words.iter().any(|word| word.contains(|c: char| c.is_ascii_digit()))
}

/// `B12`, `3B`, `44`, `Z-118`: short, with a digit.
fn is_unit(word: &str) -> bool {
    word.chars().count() <= 7
        && word.contains(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '/' | '#' | '.'))
}

#[cfg(test)]
mod tests;
