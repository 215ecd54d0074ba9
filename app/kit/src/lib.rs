//! The components that every page is made of, and the reader's texts. Nothing here knows a business rule.

pub mod blank;
pub mod board;
pub mod button;
pub mod card;
pub mod chart;
pub mod dialog;
pub mod form;
pub mod gallery;
pub mod icon;
pub mod last;
pub mod list;
pub mod menu;
pub mod my_shell;
pub mod page;
pub mod panel;
pub mod prefs;
pub mod qr;
pub mod query;
pub mod shell;
pub mod table;
pub mod texts;
pub mod timeline;
pub mod toast;
pub mod tone;
pub mod values;

/// Everything that a page uses: `use kit::prelude::*`.
pub mod prelude {
    pub use crate::{
        blank::{EmptyState, ErrorState, NotFound, Skeleton},
        board::{BoardCard, BoardView, Column, Move},
        button::{Button, IconButton, IconLink, LinkButton, Look, Size},
        card::{Card, Fact, Facts, Note, Ribbon, Stat, Stats},
        chart::{Bars, Legend, Meter, Part, Sparkline},
        dialog::{Confirm, Dialog, TypedNumber},
        form::{
            Checkbox, Choice, Field, Form, FormState, FormSummary, Kind, Radios, Select, Submit, Switch, TextArea,
            action_error, error_text,
        },
        icon::{BrandMark, Icon, IconData, IconSize},
        last::{Last, OldNote, Shown},
        list::{BatchBar, FilterChip, FilterMenu, FilterSearch, Filters, List},
        menu::{Menu, MenuButton, MenuLink},
        my_shell::{MyShell, Place},
        page::{Crumb, PageBody, PageFrame, PageHeader, Tab, Tabs},
        panel::SidePanel,
        prefs::{LangSwitch, Theme, ThemeSwitch},
        qr::QrCode,
        query::{Query, address_of, use_query_state},
        shell::{LiveState, NavItem, Person, Shell},
        table::{Pagination, Selection, Table, Td, TdSelect, Th, ThSelect, Tr},
        timeline::{Event, Progress, Stage, StageBar, Stages, Timeline},
        toast::{ToastHost, Toasts, provide_toasts, use_toasts},
        tone::{Badge, State, StateDot, Tone},
        values::{Amount, Avatar, Copy, Day, Kbd, PageTime, When},
    };
}

texts!();
