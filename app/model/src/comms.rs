//! `comms`: types, forms and pure rules of this context.

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        TicketRead => "comms.ticket.read": "See tickets",
        TicketWrite => "comms.ticket.write": "Answer tickets",
        MessageRead => "comms.message.read": "See messages",
        MessageSend => "comms.message.send": "Send messages",
        NoticeSend => "comms.notice.send": "Send notices on behalf of the system",
    }
}
