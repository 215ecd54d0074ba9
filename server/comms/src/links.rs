//! Links to choose a password, as messages. The one rule: a link that died meanwhile is not sent.

use crate::notices::{Notice, send_in_op};
use crate::{t, words};
use identity::events::LinkIssued;
use identity::links::{Letter, letter_in_op};
use model::comms::notices::{Channel, NoticeKind};
use model::identity::links::{LinkPurpose, LinkWay};
use platform::secrets::token_hash;
use platform::{Job, JobCtx, JobError};
use serde::{Deserialize, Serialize};

/// Sends a link to the phone, or by e-mail to who asked so or has none here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SendLetter {
    pub link: LinkIssued,
}

impl Job for SendLetter {
    const KIND: &'static str = "comms.send_letter";
    const PRIORITY: i16 = 10;

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let Some(letter) = letter_in_op(&mut op, &self.link).await? else { return Ok(()) };
        let dedupe = format!("link:{}", hex::encode(token_hash(&self.link.sealed_token)));
        let Some(notice) = notice(&self.link, &letter, dedupe) else { return Ok(()) };
        send_in_op(&mut op, notice).await?;
        op.commit().await?;
        Ok(())
    }
}

fn notice(link: &LinkIssued, letter: &Letter, dedupe: String) -> Option<Notice> {
    let (lang, isp, login, url) = (letter.lang, &letter.isp, &letter.login_name, &letter.url);
    let name = words::first_name(&letter.full_name);
    let (subject, text) = match link.purpose {
        LinkPurpose::Reset => (t::mail_reset_subject(lang, isp), t::sms_reset(lang, isp, login, url)),
        LinkPurpose::Invite => (t::mail_invite_subject(lang, isp), t::sms_invite(lang, name, isp, login, url)),
    };
    let kind = NoticeKind::PasswordReset;
    let phone = letter.phone.as_ref().filter(|_| link.way == LinkWay::Phone);
    match (phone, &letter.email) {
        (Some(phone), _) => Some(Notice::sms(kind, phone, lang, text, dedupe)),
        (None, Some(email)) => Some(Notice {
            channel: Channel::Email,
            subject: Some(subject),
            ..Notice::sms(kind, email, lang, text, dedupe)
        }),
        (None, None) => None,
    }
}
