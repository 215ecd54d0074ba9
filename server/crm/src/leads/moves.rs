//! Moving cards. The one rule: two people who move cards at the same moment both get an order that everybody sees alike;
//! a card that was moved since one looked is not moved again unseen.

use super::{ActivityKind, history, sql, who};
use crate::events::LeadChanged;
use crate::words;
use model::AppError;
use model::crm::leads::{LeadStatus, MoveLead, MoveLeadForm};
use model::crm::{LeadId, perm};
use model::time::Timestamp;
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};

/// The distance between fresh positions: room for fifty halvings before a column must be spaced out again.
const STEP: f64 = 1024.0;

/// Where in its new column a card lands, and which move the mover had seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spot {
    /// The card above it; `None`, or a card that has left the column, means the top.
    pub after: Option<LeadId>,
    /// `LeadCard::moved_at` as the mover saw it; `None` moves the card from wherever it is.
    pub seen: Option<Timestamp>,
}

/// Where a card came from: moving it there again undoes the move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    pub from: LeadStatus,
    pub after: Option<LeadId>,
}

/// Moves a card to a column, or to another place in its own. Whoever moves a card that nobody owns becomes its owner.
///
/// # Errors
/// `Invalid` for an unknown column or a loss without reason; `Conflict` when somebody else moved the card meanwhile, and
/// into or out of *Converted*; `NotFound`.
pub async fn move_to(tx: &mut Tx<perm::LeadWrite>, form: MoveLeadForm, spot: Spot) -> Result<Moved, AppError> {
    let step = form.parse().map_err(AppError::Invalid)?;
    move_to_in_op(tx, step, spot).await
}

/// The same for seeds.
pub async fn move_to_in_op(op: &mut Op, step: MoveLead, spot: Spot) -> Result<Moved, AppError> {
    wait_for_board(op).await?;
    let lead = sql::lock(op.conn(), step.id).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let from = words::stored(&lead.status, LeadStatus::from_code)?;
    if spot.seen.is_some_and(|seen| seen != lead.moved_at) {
        return Err(AppError::Conflict(format!(
            "Somebody moved {} meanwhile. Look at the board again, then move it.",
            lead.full_name
        )));
    }
    if from != step.to && !from.can_move(step.to) || from == LeadStatus::Converted {
        return Err(AppError::Conflict(match from {
            LeadStatus::Converted => format!("{} is a subscriber already and stays converted.", lead.full_name),
            _ => "A lead is converted on its own page, not by moving its card.".into(),
        }));
    }
    let above = sql::card_above(op.conn(), &lead.status, lead.position, step.id).await.map_err(from_sql)?;
    let position = place_below(op, step.to, spot.after, step.id).await?;
    let (at, (_, person)) = (op.now(), who(op));
    let to = sql::NewPlace { status: step.to, position, lost_reason: step.lost_reason, person, at };
    sql::place(op.conn(), step.id, &to).await.map_err(from_sql)?;
    if from != step.to {
        let detail = match step.lost_reason {
            Some(reason) => format!("{}:{}", step.to, reason),
            None => step.to.to_string(),
        };
        history(op, step.id, ActivityKind::Moved, &detail).await?;
        let mut change = Change::new("crm.lead.move", "lead", step.id)
            .before(serde_json::json!({ "status": from }))
            .after(serde_json::json!({ "status": step.to }));
        change.reason = step.lost_reason.map(|reason| reason.to_string());
        op.audit(change);
    }
    op.publish(LeadChanged { lead_id: step.id }).await?;
    Ok(Moved { from, after: above })
}

/// One move at a time on one tenant's board, so that neighbours do not change while a place is chosen.
pub(super) async fn wait_for_board(op: &mut Op) -> Result<(), AppError> {
    let key = format!("lead_board:{}", op.tenant());
    sql::wait_for_turn(op.conn(), &key).await.map_err(from_sql)
}

/// The position above all others of a column.
pub(super) async fn top_of(op: &mut Op, column: LeadStatus, card: LeadId) -> Result<f64, AppError> {
    let first = sql::first_below(op.conn(), column, None, card).await.map_err(from_sql)?;
    Ok(first.map_or(0.0, |first| first - STEP))
}

async fn place_below(op: &mut Op, column: LeadStatus, after: Option<LeadId>, card: LeadId) -> Result<f64, AppError> {
    let Some(after) = after.filter(|after| *after != card) else { return top_of(op, column, card).await };
    for _ in 0..2 {
        let Some(above) = sql::position_of(op.conn(), after, column).await.map_err(from_sql)? else {
            return top_of(op, column, card).await;
        };
        let Some(below) = sql::first_below(op.conn(), column, Some(above), card).await.map_err(from_sql)? else {
            return Ok(above + STEP);
        };
        let middle = above + (below - above) / 2.0;
        if above < middle && middle < below {
            return Ok(middle);
        }
        sql::space_out(op.conn(), column, STEP).await.map_err(from_sql)?;
    }
    Err(platform::internal("a spaced-out column has no room"))
}
