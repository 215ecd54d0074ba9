//! Columns and cards of the board, and the hands that move them. The one rule: whatever the mouse can do, the keyboard can
//! do: arrows walk, space lifts and puts down, escape leaves everything as it was.

use super::board::Put;
use crate::api::LeadCan;
use crate::{t, words};
use kit::prelude::*;
use leptos::{ev, html, prelude::*};
use leptos_router::hooks::use_navigate;
use model::crm::LeadId;
use model::crm::leads::{LeadCard, LeadColumn, LeadStatus};
use model::time::Timestamp;

/// Where a lifted card would land: above this card, or at the end of the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub column: LeadStatus,
    pub before: Option<LeadId>,
}

/// What the hands know of a card.
#[derive(Debug, Clone)]
struct Known {
    id: LeadId,
    name: String,
    moved_at: Timestamp,
}

/// The state that all cards of one drawing of the board share.
#[derive(Clone, Copy)]
pub(super) struct Board {
    columns: StoredValue<Vec<(LeadStatus, Vec<Known>)>>,
    lifted: RwSignal<Option<LeadId>>,
    slot: RwSignal<Option<Slot>>,
    focused: RwSignal<Option<LeadId>>,
    pub said: RwSignal<String>,
    can: StoredValue<LeadCan>,
    put: Callback<Put>,
}

impl Board {
    pub fn new(columns: &[LeadColumn], can: LeadCan, put: Callback<Put>, focused: RwSignal<Option<LeadId>>) -> Self {
        let known = |card: &LeadCard| Known { id: card.id, name: card.name.clone(), moved_at: card.moved_at };
        let columns = columns.iter().map(|column| (column.status, column.cards.iter().map(known).collect())).collect();
        Self {
            columns: StoredValue::new(columns),
            lifted: RwSignal::new(None),
            slot: RwSignal::new(None),
            focused,
            said: RwSignal::new(String::new()),
            can: StoredValue::new(can),
            put,
        }
    }

    fn can_write(self) -> bool {
        self.can.with_value(|can| can.write)
    }

    /// The ids of a column without the lifted card: the places that it can take.
    fn ids(self, column: usize) -> Vec<LeadId> {
        let lifted = self.lifted.get_untracked();
        self.columns.with_value(|all| {
            let cards = all.get(column).map(|(_, cards)| cards.as_slice()).unwrap_or_default();
            cards.iter().map(|card| card.id).filter(|id| Some(*id) != lifted).collect()
        })
    }

    /// Column and row of a card.
    fn place(self, id: LeadId) -> Option<(usize, usize)> {
        self.columns.with_value(|all| {
            all.iter().enumerate().find_map(|(c, (_, cards))| cards.iter().position(|k| k.id == id).map(|row| (c, row)))
        })
    }

    fn known(self, id: LeadId) -> Option<Known> {
        self.columns.with_value(|all| all.iter().flat_map(|(_, cards)| cards).find(|k| k.id == id).cloned())
    }

    fn status(self, column: usize) -> Option<LeadStatus> {
        self.columns.with_value(|all| all.get(column).map(|(status, _)| *status))
    }

    /// Moves the focus from a card: `right` columns, `down` rows.
    fn walk(self, from: LeadId, right: isize, down: isize) {
        let Some((column, row)) = self.place(from) else { return };
        let found = self.columns.with_value(|all| {
            let mut column = column.checked_add_signed(right)?;
            // Empty columns are stepped over.
            while right != 0 && all.get(column)?.1.is_empty() {
                column = column.checked_add_signed(right)?;
            }
            let cards = &all.get(column)?.1;
            let row = row.checked_add_signed(down)?;
            let row = if right == 0 { row } else { row.min(cards.len().checked_sub(1)?) };
            cards.get(row).map(|card| card.id)
        });
        if let Some(found) = found {
            self.focused.set(Some(found));
        }
    }

    fn lift(self, id: LeadId) {
        let Some(known) = self.known(id) else { return };
        self.lifted.set(Some(id));
        self.slot.set(self.own_slot(id));
        self.said.set(t::board_picked(known.name));
    }

    /// Where the lifted card came from.
    fn own_slot(self, id: LeadId) -> Option<Slot> {
        let (column, row) = self.place(id)?;
        Some(Slot { column: self.status(column)?, before: self.ids(column).get(row).copied() })
    }

    /// What the mouse is over while it drags a card. A card's own place is where it came from.
    fn hover(self, over: LeadId, column: LeadStatus) {
        let slot = match self.lifted.get_untracked() {
            Some(lifted) if lifted == over => self.own_slot(lifted),
            _ => Some(Slot { column, before: Some(over) }),
        };
        // The browser says it several times a second; only a change is drawn.
        if self.slot.get_untracked() != slot {
            self.slot.set(slot);
        }
    }

    /// Moves the place of the lifted card by keyboard.
    fn shift(self, right: isize, down: isize) {
        let Some(slot) = self.slot.get_untracked() else { return };
        let now = self.columns.with_value(|all| all.iter().position(|(status, _)| *status == slot.column));
        let Some(column) = now.and_then(|now| now.checked_add_signed(right)) else { return };
        let Some(status) = self.status(column) else { return };
        let ids = self.ids(column);
        let row = match right {
            0 => {
                let row = slot.before.and_then(|id| ids.iter().position(|i| *i == id)).unwrap_or(ids.len());
                row.saturating_add_signed(down).min(ids.len())
            }
            _ => 0,
        };
        self.slot.set(Some(Slot { column: status, before: ids.get(row).copied() }));
        self.said.set(t::board_spot(words::status(status), row + 1, ids.len() + 1));
    }

    fn leave(self) {
        let name = self.lifted.get_untracked().and_then(|id| self.known(id)).map(|known| known.name);
        self.lifted.set(None);
        self.slot.set(None);
        if let Some(name) = name {
            self.said.set(t::board_left(name));
        }
    }

    /// Puts the lifted card where the slot is.
    fn drop_here(self) {
        let (Some(id), Some(slot)) = (self.lifted.get_untracked(), self.slot.get_untracked()) else { return };
        let Some(known) = self.known(id) else { return };
        let column = self.columns.with_value(|all| all.iter().position(|(status, _)| *status == slot.column));
        let ids = column.map(|column| self.ids(column)).unwrap_or_default();
        let row = slot.before.and_then(|id| ids.iter().position(|i| *i == id)).unwrap_or(ids.len());
        let after = row.checked_sub(1).and_then(|row| ids.get(row)).copied();
        self.lifted.set(None);
        self.slot.set(None);
        // Back where it was: nothing to send.
        let stays = self.place(id).is_some_and(|(c, r)| Some(c) == column && r == row);
        if stays {
            self.said.set(t::board_left(known.name));
            return;
        }
        self.said.set(t::board_put(&known.name, words::status(slot.column)));
        self.put.run(Put { id, name: known.name, to: slot.column, after, seen: Some(known.moved_at) });
    }

    /// What a key on a card does; `true` when it was ours.
    fn key(self, id: LeadId, key: &str) -> bool {
        let step = match key {
            "ArrowLeft" => Some((-1, 0)),
            "ArrowRight" => Some((1, 0)),
            "ArrowUp" => Some((0, -1)),
            "ArrowDown" => Some((0, 1)),
            _ => None,
        };
        let is_lifted = self.lifted.get_untracked().is_some();
        match (step, key) {
            (Some((right, down)), _) if is_lifted => self.shift(right, down),
            (Some((right, down)), _) => self.walk(id, right, down),
            (None, " ") if !self.can_write() => return false,
            (None, " " | "Enter") if is_lifted => {
                self.focused.set(Some(id));
                self.drop_here();
            }
            (None, " ") => self.lift(id),
            (None, "Escape") if is_lifted => self.leave(),
            _ => return false,
        }
        true
    }
}

#[component]
pub(super) fn ColumnView(column: LeadColumn, hands: Board, now: Timestamp) -> impl IntoView {
    let LeadColumn { status, count, monthly, cards } = column;
    let more = count - i64::try_from(cards.len()).unwrap_or(count);
    let is_empty = cards.is_empty();
    let is_over = move || hands.slot.get().is_some_and(|slot| slot.column == status);
    let at_end = move || hands.slot.get() == Some(Slot { column: status, before: None });
    let list = format!("/sales/leads?view=list&status={status}");
    let over = move |ev: ev::DragEvent| {
        if hands.lifted.get_untracked().is_some() {
            ev.prevent_default();
            let end = Some(Slot { column: status, before: None });
            if hands.slot.get_untracked() != end {
                hands.slot.set(end);
            }
        }
    };
    let dropped = move |ev: ev::DragEvent| {
        ev.prevent_default();
        hands.drop_here();
    };
    view! {
        <section
            class="board__col"
            aria-label=words::status(status)
            data-target=move || is_over().then_some("")
            on:dragover=over
            on:drop=dropped
        >
            <header class="board__head">
                <h2>{words::status(status)}</h2>
                <span class="faint num">{count}</span>
            </header>
            <p class="board__sum">{t::board_a_month(monthly)}</p>
            <ul class="board__cards">
                {cards.into_iter().map(|card| view! { <CardView card hands now/> }).collect_view()}
                {move || at_end().then(|| view! { <SlotView/> })}
                {is_empty.then(|| view! { <li class="board__none">{t::board_empty()}</li> })}
                {(more > 0).then(|| view! { <li class="board__none"><a class="link" href=list>{t::board_more(more)}</a></li> })}
            </ul>
        </section>
    }
}

/// The place that waits for the lifted card. It comes under the mouse as soon as it is drawn, and must keep itself there:
/// the column below would take the card to its end.
#[component]
fn SlotView() -> impl IntoView {
    let keep = |ev: ev::DragEvent| {
        ev.prevent_default();
        ev.stop_propagation();
    };
    view! { <li class="lead-slot" aria-hidden="true" on:dragover=keep>{t::board_drop()}</li> }
}

/// A card that nobody moved for this long is told in red.
const STALE_DAYS: i64 = 4;

#[component]
fn CardView(card: LeadCard, hands: Board, now: Timestamp) -> impl IntoView {
    let (id, status) = (card.id, card.status);
    let link = NodeRef::<html::A>::new();
    Effect::new(move |_| {
        if hands.focused.get() == Some(id)
            && let Some(link) = link.get()
        {
            // It refuses when the card has left the page meanwhile: then there is nothing to focus.
            let _ = link.focus();
        }
    });
    let navigate = use_navigate();
    let keys = move |ev: ev::KeyboardEvent| {
        if ev.ctrl_key() || ev.meta_key() || ev.alt_key() {
            return;
        }
        let key = ev.key();
        let converts = key.eq_ignore_ascii_case("c") && hands.can.with_value(|can| can.convert);
        if converts {
            ev.prevent_default();
            navigate(&format!("/sales/leads/{id}/convert"), Default::default());
        } else if hands.key(id, &key) {
            ev.prevent_default();
        }
    };
    let is_lifted = move || hands.lifted.get() == Some(id);
    let is_slot = move || hands.slot.get() == Some(Slot { column: status, before: Some(id) });
    let over = move |ev: ev::DragEvent| {
        if hands.lifted.get_untracked().is_some() {
            ev.prevent_default();
            ev.stop_propagation();
            hands.hover(id, status);
        }
    };
    let start = move |_: ev::DragEvent| {
        if hands.can_write() {
            hands.lift(id);
        }
    };
    view! {
        {move || is_slot().then(|| view! { <SlotView/> })}
        <li
            class="board__card"
            draggable=hands.can_write().then_some("true")
            data-lifted=move || is_lifted().then_some("")
            on:dragstart=start
            on:dragend=move |_| {
                if is_lifted() {
                    hands.leave();
                }
            }
            on:dragover=over
        >
            <a
                class="lead-card"
                class:lead-card--lift=is_lifted
                href=format!("/sales/leads/{id}")
                draggable="false"
                node_ref=link
                on:keydown=keys
                on:focus=move |_| hands.focused.set(Some(id))
            >
                <CardFace card now/>
            </a>
        </li>
    }
}

#[component]
fn CardFace(card: LeadCard, now: Timestamp) -> impl IntoView {
    let (tone, coverage) = words::coverage(card.coverage);
    let (icon, by) = words::brought_by(&card.brought_by);
    let is_stale = (now - card.moved_at).num_days() >= STALE_DAYS;
    let price = match card.monthly {
        Some(monthly) => view! { <Amount money=monthly bare=true/> }.into_any(),
        None => view! { <span title=t::board_no_price()>"—"</span> }.into_any(),
    };
    view! {
        <span class="lead-card__name truncate">{card.name}</span>
        <span class="muted truncate">{card.place}</span>
        <span class="row row--between"><State tone>{coverage}</State><span class="medium">{price}</span></span>
        <span class="lead-card__foot">
            <Icon icon/>
            <span class="truncate">{by}</span>
            <span class="push nowrap" class:danger=is_stale><When at=card.moved_at age=true/></span>
        </span>
    }
}

/// The keys of the board, under it.
#[component]
pub(super) fn BoardHint(can: LeadCan) -> impl IntoView {
    view! {
        <div class="board-hint" aria-hidden="true">
            <span class="row"><Kbd key="←"/><Kbd key="→"/>{t::board_hint_column()}</span>
            {can.write.then(|| view! { <span class="row"><Kbd key=t::board_space()/>{t::board_hint_pick()}</span> })}
            <span class="row"><Kbd key=t::board_enter()/>{t::board_hint_open()}</span>
            {can.convert.then(|| view! { <span class="row"><Kbd key="C"/>{t::board_hint_convert()}</span> })}
        </div>
    }
}
