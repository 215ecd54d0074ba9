//! What an ISP decides about itself.

use crate::text::NonBlank;
use crate::{Currency, FieldErrors, Lang};
use serde::{Deserialize, Serialize};

/// The settings as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantSettings {
    pub name: String,
    pub code: String,
    pub prefix: String,
    pub currency: Currency,
    pub time_zone: String,
    pub lang: Lang,
    pub phone: Option<String>,
    pub whatsapp: Option<String>,
    pub mfa_required: bool,
    /// Staff and resellers' people who have no second factor yet: they set one up at their next page.
    pub without_second_factor: i64,
    pub can_write: bool,
}

/// The form of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantSettingsForm {
    pub name: String,
    pub time_zone: String,
    pub lang: String,
    pub phone: String,
    pub whatsapp: String,
    pub mfa_required: String,
}

/// A form that was read. The zone is known to the server only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveTenantSettings {
    pub name: NonBlank<80>,
    pub time_zone: String,
    pub lang: Lang,
    pub phone: Option<NonBlank<40>>,
    pub whatsapp: Option<NonBlank<40>>,
    pub mfa_required: bool,
}

impl TenantSettingsForm {
    /// Reads the form.
    pub fn parse(self) -> Result<SaveTenantSettings, FieldErrors> {
        use crate::form::{optional, ticked};
        let mut errors = FieldErrors::default();
        let name = errors.take("name", NonBlank::parse(&self.name));
        let lang: Option<Lang> =
            errors.take("lang", self.lang.parse().map_err(|()| "Choose one of the languages in the list."));
        let phone = optional(&mut errors, "phone", &self.phone, NonBlank::parse);
        let whatsapp = optional(&mut errors, "whatsapp", &self.whatsapp, NonBlank::parse);
        match (name, lang, phone, whatsapp) {
            (Some(name), Some(lang), Some(phone), Some(whatsapp)) if errors.is_empty() => Ok(SaveTenantSettings {
                name,
                time_zone: self.time_zone.trim().to_owned(),
                lang,
                phone,
                whatsapp,
                mfa_required: ticked(&self.mfa_required),
            }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_need_a_name_and_a_language_that_we_speak() {
        let form = TenantSettingsForm { lang: "fr".into(), ..TenantSettingsForm::default() };
        let refused = form.parse().unwrap_err();
        assert!(refused.of("name").is_some() && refused.of("lang").is_some());
        let form = TenantSettingsForm { name: "Kilele".into(), lang: "sw".into(), ..TenantSettingsForm::default() };
        assert!(!form.parse().unwrap().mfa_required, "an empty box sends nothing");
    }
}
