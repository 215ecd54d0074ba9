//! The pipeline board: columns of cards, moved by dragging or with the keyboard. A card is a link, so that the board can be
//! read and opened before scripts arrive; its page moves it then.

use super::cards::{Board, BoardHint, ColumnView};
use super::{LeadFilters, NewLeadLink, ViewSwitch, lead_query};
use crate::api::{BoardPage, load_board, move_lead};
use crate::{t, words};
use kit::form::error_text;
use kit::prelude::*;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Money;
use model::crm::LeadId;
use model::crm::leads::{LeadStatus, MoveLeadForm};
use model::time::Timestamp;

/// A card to be moved.
#[derive(Debug, Clone)]
pub(super) struct Put {
    pub id: LeadId,
    pub name: String,
    pub to: LeadStatus,
    /// The card above it; `None` is the top.
    pub after: Option<LeadId>,
    /// The last move that this browser knows of.
    pub seen: Option<Timestamp>,
}

#[component]
pub(super) fn PipelineView() -> impl IntoView {
    let query = use_query_state();
    let page = Resource::new(move || lead_query(query), load_board);
    let toasts = use_toasts();
    // A card that was moved by keyboard keeps the focus when the board is drawn again.
    let focused = RwSignal::new(None::<LeadId>);
    let put = Callback::new(move |put: Put| {
        spawn_local(async move {
            match send(&put).await {
                Ok(from) => {
                    let back = Put { to: from.status, after: from.after, seen: None, ..put.clone() };
                    let undo = Callback::new(move |()| {
                        let back = back.clone();
                        spawn_local(async move {
                            if let Err(error) = send(&back).await {
                                toasts.failed(error_text(&error));
                            }
                            page.refetch();
                        });
                    });
                    toasts.done_with_undo(t::board_put(&put.name, words::status(put.to)), undo);
                }
                Err(error) => toasts.failed(error_text(&error)),
            }
            page.refetch();
        });
    });
    view! {
        <PageFrame fixed=true>
            <Transition>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Loaded page put focused/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

async fn send(put: &Put) -> Result<crate::api::CameFrom, model::AppError> {
    let form = MoveLeadForm { id: put.id, to: put.to.to_string(), reason: String::new() };
    move_lead(form, put.after, put.seen).await
}

#[component]
fn Loaded(page: BoardPage, put: Callback<Put>, focused: RwSignal<Option<LeadId>>) -> impl IntoView {
    let BoardPage { board, partners, can, time } = page;
    provide_context(time);
    let open: i64 = board.columns.iter().map(|column| column.count).sum();
    let zero = Money::zero(board.columns.first().map(|c| c.monthly.currency).unwrap_or_default());
    let potential = board.columns.iter().try_fold(zero, |sum, column| sum.checked_add(column.monthly)).unwrap_or(zero);
    let converted = t::leads_of(board.converted_this_month, board.created_this_month);
    let crumbs = vec![Crumb::to(t::nav_sales(), "/sales/leads"), Crumb::here(t::leads_title())];
    let note = move || {
        view! { <span class="small muted num">{t::leads_open(open)} " · " {t::leads_potential(potential)}</span> }
    };
    let actions = move || view! { <ViewSwitch/><NewLeadLink can_write=can.write/> };
    let end = move || view! { {t::leads_converted_of()} " " <b>{converted}</b> };
    let hands = Board::new(&board.columns, can, put, focused);
    view! {
        <PageHeader title=t::leads_title() crumbs badge=note actions/>
        <LeadFilters partners end/>
        <div class="board" data-hands=can.write.then_some("")>
            {board.columns.into_iter().map(|column| view! { <ColumnView column hands now=time.now/> }).collect_view()}
        </div>
        <div class="visually-hidden" role="status" aria-live="assertive">{move || hands.said.get()}</div>
        <BoardHint can/>
    }
}
