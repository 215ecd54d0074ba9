//! Refusals in the reader's language. The checks of the model and the sign-in speak English; the sentences that every
//! form can show have their translations here, found by the sentence itself. Another sentence stays as it came.

use crate::{t, texts};
use model::Lang;
use model::account_number::AccountNumberError;
use model::form::ChoiceError;
use model::identity::{WRONG_MY_SIGN_IN, WRONG_SIGN_IN};
use model::money::MoneyError;
use model::msisdn::MsisdnError;
use model::text::{EmailError, TextError};
use model::time::DateError;

/// What each check says, and the same in the reader's language.
fn known() -> [(String, &'static str); 16] {
    [
        (TextError::Blank.to_string(), t::refusal_blank()),
        (TextError::Control.to_string(), t::refusal_control()),
        (MsisdnError::Blank.to_string(), t::refusal_phone()),
        (MsisdnError::NotDigits.to_string(), t::refusal_phone_digits()),
        (MsisdnError::Length.to_string(), t::refusal_phone_length()),
        (MsisdnError::NotMobile.to_string(), t::refusal_phone_mobile()),
        (MoneyError::NotANumber.to_string(), t::refusal_amount()),
        (MoneyError::NotPositive.to_string(), t::refusal_amount_positive()),
        (MoneyError::TooLarge.to_string(), t::refusal_amount_large()),
        (DateError.to_string(), t::refusal_date()),
        (EmailError.to_string(), t::refusal_email()),
        (ChoiceError.to_string(), t::refusal_choice()),
        (AccountNumberError::Form.to_string(), t::refusal_account()),
        (AccountNumberError::CheckDigit.to_string(), t::refusal_account_digit()),
        (WRONG_SIGN_IN.to_owned(), t::refusal_sign_in()),
        (WRONG_MY_SIGN_IN.to_owned(), t::refusal_my_sign_in()),
    ]
}

/// The sentence in the reader's language, where it is one of the known ones.
pub fn in_readers_words(sentence: &str) -> String {
    if texts::lang() == Lang::En {
        return sentence.to_owned();
    }
    let found = known().into_iter().find(|(english, _)| english == sentence);
    found.map_or_else(|| sentence.to_owned(), |(_, words)| words.to_owned())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use leptos::prelude::*;

    #[test]
    fn the_english_texts_say_what_the_checks_say() {
        for (english, words) in known() {
            assert_eq!(english, words);
        }
    }

    #[test]
    fn a_known_refusal_is_told_in_swahili_and_another_as_it_came() {
        Owner::new().with(|| {
            provide_context(Lang::Sw);
            assert_eq!(in_readers_words(&TextError::Blank.to_string()), "Jaza sehemu hii.");
            assert_eq!(in_readers_words("This receipt is used."), "This receipt is used.");
        });
    }
}
