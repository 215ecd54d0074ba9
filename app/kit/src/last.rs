//! The last answer of a page, kept for when the next one does not come: what somebody has typed into its forms stays.

use crate::{card::Note, t, tone::Tone};
use leptos::prelude::*;
use model::AppError;

/// Holds the last good answer of a resource.
pub struct Last<T: Send + Sync + 'static>(StoredValue<Option<T>>);

impl<T: Send + Sync + 'static> Clone for Last<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Last<T> {}

/// An answer, and whether it is an old one.
pub struct Shown<T> {
    pub data: T,
    pub is_old: bool,
}

impl<T: Clone + Send + Sync + 'static> Default for Last<T> {
    fn default() -> Self {
        Self(StoredValue::new(None))
    }
}

impl<T: Clone + Send + Sync + 'static> Last<T> {
    /// The answer; in the place of one that did not come, the last one that `is_same` knows as being about the same
    /// thing. A refusal is an answer.
    pub fn or_last(self, answer: Result<T, AppError>, is_same: impl Fn(&T) -> bool) -> Result<Shown<T>, AppError> {
        match answer {
            Ok(data) => {
                self.0.set_value(Some(data.clone()));
                Ok(Shown { data, is_old: false })
            }
            Err(error @ (AppError::Transport(_) | AppError::Unavailable(_) | AppError::Internal(_))) => {
                let last = self.0.get_value().filter(is_same);
                last.map(|data| Shown { data, is_old: true }).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }
}

/// Says that what stands here may be old. Silent while it is not.
#[component]
pub fn OldNote(is_old: bool) -> impl IntoView {
    is_old.then(|| view! { <div role="status"><Note tone=Tone::Warn>{t::old_note()}</Note></div> })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_come_leaves_the_last_answer_and_a_refusal_does_not() {
        Owner::new().with(|| {
            let last = Last::default();
            let gone = || Err(AppError::Transport("offline".into()));
            assert!(last.or_last(gone(), |_| true).is_err());
            assert!(last.or_last(Ok(7), |_| true).is_ok_and(|shown| !shown.is_old));
            assert!(last.or_last(gone(), |n| *n == 7).is_ok_and(|shown| shown.is_old && shown.data == 7));
            assert!(last.or_last(gone(), |n| *n == 8).is_err());
            assert!(last.or_last(Err(AppError::Forbidden), |_| true).is_err());
        });
    }
}
