//! The grammar by example, and what holds for every text.

use super::*;
use proptest::prelude::*;

/// Name, phone, building, unit and plan as the reply would show them; `-` for what is missing.
fn read(text: &str) -> [String; 5] {
    let lead = parse_lead_message(text);
    [LeadPart::Name, LeadPart::Phone, LeadPart::Building, LeadPart::Unit, LeadPart::Plan]
        .map(|part| lead.get(part).unwrap_or_else(|| "-".into()))
}

const JANE: [&str; 5] = ["Jane Wanjiru", "0712 345 678", "Jacaranda Court", "B12", "Home 20"];

#[test]
fn the_usual_one_liner_is_understood() {
    assert_eq!(read("LEAD Jane Wanjiru 0712345678 Jacaranda Court B12 Home 20"), JANE);
    assert_eq!(read("lead jane wanjiru +254 712-345-678 jacaranda court unit B12 home 20")[3], "B12");
}

#[test]
fn commas_and_lines_divide_parts() {
    assert_eq!(read("lead: Jane Wanjiru, 0712 345 678, Jacaranda Court, B12, Home 20"), JANE);
    assert_eq!(read("Lead\nJane Wanjiru\n0712345678\nJacaranda Court\nB12\nHome 20"), JANE);
    assert_eq!(read("LEAD Jane Wanjiru 0712345678, Jacaranda Court B12, Home 20"), JANE);
    assert_eq!(read("NEW LEAD - Jane Wanjiru; 0712345678; Jacaranda Court; house B12; Home 20"), JANE);
}

#[test]
fn keys_may_stand_in_any_order_and_language() {
    assert_eq!(
        read("LEAD unit: B12 name: Jane Wanjiru phone: 0712345678 plan: Home 20 building: Jacaranda Court"),
        JANE
    );
    assert_eq!(
        read("MTEJA\njina: Jane Wanjiru\nsimu: 0712 345 678\njengo = Jacaranda Court\nchumba : B12\nkifurushi:Home 20"),
        JANE
    );
}

#[test]
fn swahili_says_the_same() {
    assert_eq!(read("MTEJA MPYA Jane Wanjiru 0712345678 Jacaranda Court chumba B12 Nyumbani 20")[..4], JANE[..4]);
    assert_eq!(read("mteja Jane Wanjiru 0712345678 Jacaranda Court B12 Nyumbani 20")[4], "Nyumbani 20");
}

#[test]
fn the_phone_may_stand_first_or_last() {
    assert_eq!(read("LEAD 0712345678 Jane Wanjiru Jacaranda Court B12 Home 20"), JANE);
    assert_eq!(read("LEAD Jane Wanjiru Jacaranda Court B12 Home 20 0712345678"), JANE);
    assert_eq!(read("MTEJA MPYA 0712345678 Jane Wanjiru Jacaranda Court B12 Home 20"), JANE);
}

#[test]
fn a_speed_is_a_plan() {
    assert_eq!(
        read("lead Asha 0712345678 Al-Noor Plaza 12 20mbps"),
        ["Asha", "0712 345 678", "Al-Noor Plaza", "12", "20mbps"]
    );
    assert_eq!(read("lead Asha 0712345678 Al-Noor Plaza 10 Mbps")[2..], ["Al-Noor Plaza", "-", "10 Mbps"]);
}

#[test]
fn what_is_missing_is_named() {
    let lead = parse_lead_message("LEAD Jane 0712345678");
    assert_eq!(lead.missing(), [LeadPart::Building, LeadPart::Unit, LeadPart::Plan]);
    assert!(lead.is_lead());
    let lead = parse_lead_message("LEAD Jane Wanjiru Jacaranda Court B12");
    assert!(!lead.is_lead() && lead.missing().contains(&LeadPart::Phone));
    assert_eq!(lead.name.as_deref(), Some("Jane Wanjiru"));
    assert_eq!(parse_lead_message("").missing(), LeadPart::ALL);
}

#[test]
fn a_phone_after_the_keyword_is_a_lead_and_small_talk_is_not() {
    assert!(parse_lead_message("LEAD 0712345678").is_lead());
    assert!(!parse_lead_message("habari yako").is_lead());
    assert!(!parse_lead_message("0712345678").is_lead());
}

#[test]
fn street_and_area_follow_the_building() {
    let caroline = read("LEAD Caroline Wairimu 0712345678 Tassia Court C4, Kahawa West, Home 20");
    assert_eq!(caroline, ["Caroline Wairimu", "0712 345 678", "Tassia Court, Kahawa West", "C4", "Home 20"]);
    let dennis = read("Lead Dennis Omondi Ouko, Sunrise Apartments 3B Ruiru, 0733 111 222, Home 40");
    assert_eq!(dennis, ["Dennis Omondi Ouko", "0733 111 222", "Sunrise Apartments, Ruiru", "3B", "Home 40"]);
    assert_eq!(read("LEAD Kelvin Mburu 0712345678 Greenpark house 44 Thika")[2..4], ["Greenpark, Thika", "44"]);
}

#[test]
fn a_question_with_a_number_in_it_names_nobody() {
    let lead = parse_lead_message("net ya nyumba githurai 44 0791220846");
    assert!(lead.phone.is_some() && lead.name.is_none() && !lead.is_lead());
    assert_eq!(read("mteja wangu anaitwa Jane 0712345678")[0], "Jane");
}

#[test]
fn a_second_phone_does_not_replace_the_first() {
    assert_eq!(read("lead Jane 0712345678 0733000111"), ["Jane", "0712 345 678", "-", "-", "-"]);
}

#[test]
fn invisible_characters_do_not_reach_a_name() {
    assert_eq!(read("LEAD Ja\u{202e}ne\u{0} 0712345678")[0], "Ja ne");
}

proptest! {
    #[test]
    fn no_message_makes_it_panic(text in any::<String>()) {
        let _ = parse_lead_message(&text);
    }

    #[test]
    fn no_arrangement_of_its_own_words_makes_it_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "LEAD", "mteja", "new", "name:", "simu", ":", "=", "unit", "B12", "Home", "20", "mbps", "0712345678", "+", ",",
            "\n", ";", "\u{1}", "é", "(", "Jane", "254", "712 345 678",
        ]), 0..14),
    ) {
        let _ = parse_lead_message(&words.join(" "));
        let _ = parse_lead_message(&words.concat());
    }

    #[test]
    fn a_valid_phone_is_always_found(
        before in "[A-Za-z ,:\n]{0,30}",
        after in "[A-Za-z ,:\n]{0,30}",
        n in prop_oneof![100_000_000u64..200_000_000, 700_000_000u64..800_000_000],
        spelling in 0usize..6,
    ) {
        let plain = format!("0{n}");
        let (a, b, c) = (&plain[..4], &plain[4..7], &plain[7..]);
        let phone = match spelling {
            0 => plain.clone(),
            1 => format!("{a} {b} {c}"),
            2 => format!("+254{n}"),
            3 => format!("254 {n}"),
            4 => format!("{a}-{b}-{c}"),
            _ => format!("+254 (0){n}"),
        };
        let lead = parse_lead_message(&format!("{before} {phone} {after}"));
        prop_assert_eq!(lead.phone.map(|p| p.national()), Some(n.to_string()));
    }

    #[test]
    fn found_parts_are_short_and_visible(text in any::<String>()) {
        let lead = parse_lead_message(&text);
        for part in [lead.name, lead.building, lead.unit, lead.plan].into_iter().flatten() {
            prop_assert!(!part.is_empty() && part.chars().count() <= TEXT_CHARS_MAX);
            prop_assert!(!part.contains(char::is_control));
        }
    }
}
