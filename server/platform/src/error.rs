//! Causes become references: a person gets a number, the log gets the story.

use model::AppError;

/// Logs a cause that a person must not see and gives the refusal that they do.
pub fn internal(cause: impl std::fmt::Display) -> AppError {
    let reference = hex::encode(rand::random::<[u8; 4]>());
    tracing::error!(%reference, %cause, "internal error");
    AppError::Internal(reference)
}

/// What a person reads who lost a race.
const LOST_RACE: &str = "Somebody changed this at the same moment. Try again.";

/// Whether two transactions were in each other's way, so that the same may succeed a moment later.
pub fn is_lost_race(error: &AppError) -> bool {
    matches!(error, AppError::Conflict(text) if text == LOST_RACE)
}

/// Turns a database error into a refusal: a database that is away is `Unavailable`, a lost race is a `Conflict` that one
/// may simply try again, everything else is ours.
pub fn from_sql(error: sqlx::Error) -> AppError {
    match &error {
        away if is_away(away) => {
            tracing::warn!(%error, "database out of reach");
            AppError::Unavailable("The database does not answer. Try again in a moment.".into())
        }
        sqlx::Error::RowNotFound => AppError::NotFound,
        sqlx::Error::Database(db) => match db.code().as_deref() {
            Some("40001" | "40P01" | "55P03") => AppError::Conflict(LOST_RACE.into()),
            Some("25006") => AppError::Conflict("While you view as somebody else, nothing can be changed.".into()),
            // A NUL byte or a broken encoding inside a text.
            Some("22021") => AppError::invalid("form", "The text contains a character that cannot be stored."),
            _ => internal(error),
        },
        _ => internal(error),
    }
}

/// Whether the database is not there at the moment, or went away under a statement: the same may succeed a little later.
pub(crate) fn is_away(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut, WorkerCrashed};
    match error {
        Io(_) | PoolTimedOut | PoolClosed | WorkerCrashed => true,
        // 57P01 to 57P03: shut down under us, crashed, starting up; 53300: too many connections; 08…: connection lost.
        Database(db) => db.code().is_some_and(|code| {
            matches!(code.as_ref(), "57P01" | "57P02" | "57P03" | "53300") || code.starts_with("08")
        }),
        _ => false,
    }
}

/// The name of the violated constraint, when that is what happened.
pub fn violated(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(|db| db.constraint())
}
