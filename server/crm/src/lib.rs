//! Sales and subscribers: from the first message to a service that can be invoiced.

pub mod events;
