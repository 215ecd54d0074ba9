//! `comms`: types, forms and pure rules of this context. The one rule: what is sent is a kind of notice in the reader's
//! language, through a channel that the reader allows.

pub mod connections;
pub mod notices;
pub mod segments;
pub mod tickets;

crate::ids! {
    /// A subscriber's question or complaint.
    Ticket => TicketId,
    /// One message, in or out.
    Message => MessageId,
}

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
