//! Types that the server and the browser share: ids, money, errors, permissions, and one module per context with its
//! types, forms and pure rules. Nothing here knows a database, a socket or a page.

pub mod account_number;
pub mod codes;
pub mod error;
pub mod form;
pub mod id;
pub mod lang;
pub mod mac;
pub mod money;
pub mod msisdn;
pub mod net;
pub mod number;
pub mod page;
pub mod permission;
pub mod provider;
pub mod secret_text;
pub mod text;
pub mod time;

pub mod billing;
pub mod catalog;
pub mod comms;
pub mod crm;
pub mod field;
pub mod identity;
pub mod network;
pub mod portal;

pub use error::{AppError, FieldErrors};
pub use id::Id;
pub use lang::Lang;
pub use money::{Currency, Money};
pub use page::Page;
pub use permission::{Audience, FieldClass, Permission, PermissionInfo, PermissionSet};
