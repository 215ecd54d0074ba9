//! A board: columns of cards that are dragged, or moved with the keyboard: `Alt` with an arrow, or the buttons on the
//! card. What a move means, and whether it is allowed, is the caller's matter.

use crate::{icon::Icon, t};
use leptos::{ev, prelude::*};

/// A column and its cards.
#[derive(Clone)]
pub struct Column {
    pub id: String,
    pub title: String,
    /// Below the title: a sum.
    pub note: String,
    pub cards: Vec<BoardCard>,
}

/// A card. `name` is said when it moves.
#[derive(Clone)]
pub struct BoardCard {
    pub id: String,
    pub name: String,
    pub view: ViewFn,
}

/// A card was put into another column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub card: String,
    pub to: String,
}

/// What the parts of one board share.
#[derive(Clone, Copy)]
struct Board {
    /// The ids and titles of the columns, in order.
    columns: StoredValue<Vec<(String, String)>>,
    lifted: RwSignal<Option<(String, String)>>,
    said: RwSignal<String>,
    on_move: Callback<Move>,
}

impl Board {
    /// The id and title of the column `step` places after `column`.
    fn beside(self, column: &str, step: isize) -> Option<(String, String)> {
        self.columns.with_value(|all| {
            let place = all.iter().position(|(id, _)| id == column)?.checked_add_signed(step)?;
            all.get(place).cloned()
        })
    }

    fn put(self, card: String, name: &str, (to, title): (String, String)) {
        self.said.set(t::board_moved(name, title));
        self.on_move.run(Move { card, to });
    }
}

/// The board.
#[component]
pub fn BoardView(columns: Vec<Column>, on_move: Callback<Move>) -> impl IntoView {
    let board = Board {
        columns: StoredValue::new(columns.iter().map(|c| (c.id.clone(), c.title.clone())).collect()),
        lifted: RwSignal::new(None),
        said: RwSignal::new(String::new()),
        on_move,
    };
    view! {
        <div class="board">
            {columns.into_iter().map(|column| view! { <ColumnView column board/> }).collect_view()}
        </div>
        <div class="visually-hidden" role="status">{move || board.said.get()}</div>
    }
}

#[component]
fn ColumnView(column: Column, board: Board) -> impl IntoView {
    let over = RwSignal::new(false);
    let target = (column.id.clone(), column.title.clone());
    let drop_here = move |ev: ev::DragEvent| {
        ev.prevent_default();
        over.set(false);
        if let Some((card, name)) = board.lifted.get_untracked() {
            board.lifted.set(None);
            board.put(card, &name, target.clone());
        }
    };
    let count = column.cards.len();
    let cards =
        column.cards.into_iter().map(|card| view! { <CardView card column=column.id.clone() board/> }).collect_view();
    view! {
        <section
            class="board__col"
            aria-label=column.title
            data-target=move || over.get().then_some("")
            on:dragover=move |ev| {
                ev.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=drop_here
        >
            <header class="board__head">
                <h2>{column.title.clone()}</h2>
                <span class="faint num">{count}</span>
            </header>
            <p class="board__sum">{column.note}</p>
            <ul class="board__cards">{cards}</ul>
        </section>
    }
}

#[component]
fn CardView(card: BoardCard, column: String, board: Board) -> impl IntoView {
    let BoardCard { id, name, view } = card;
    let (left, right) = (board.beside(&column, -1), board.beside(&column, 1));
    let keys = {
        let (id, name, left, right) = (id.clone(), name.clone(), left.clone(), right.clone());
        move |ev: ev::KeyboardEvent| {
            let to = match ev.key().as_str() {
                "ArrowLeft" if ev.alt_key() => left.clone(),
                "ArrowRight" if ev.alt_key() => right.clone(),
                _ => return,
            };
            ev.prevent_default();
            if let Some(to) = to {
                board.put(id.clone(), &name, to);
            }
        }
    };
    let button = |to: Option<(String, String)>, icon| {
        let (id, name) = (id.clone(), name.clone());
        to.map(|to| {
            let label = t::board_move(&name, &to.1);
            let go = move |_| board.put(id.clone(), &name, to.clone());
            view! {
                <button type="button" class="icon-btn icon-btn--24" aria-label=label.clone() title=label on:click=go>
                    <Icon icon/>
                </button>
            }
        })
    };
    let (lifted_id, lift) = (id.clone(), (id.clone(), name.clone()));
    view! {
        <li
            class="board__card"
            draggable="true"
            data-lifted=move || {
                board.lifted.with(|l| l.as_ref().is_some_and(|(id, _)| *id == lifted_id)).then_some("")
            }
            on:dragstart=move |_| board.lifted.set(Some(lift.clone()))
            on:dragend=move |_| board.lifted.set(None)
            on:keydown=keys
        >
            {view.run()}
            <span class="board__move">
                {button(left, icondata_lu::LuArrowLeft)}
                {button(right, icondata_lu::LuArrowRight)}
            </span>
        </li>
    }
}
