//! `field`: types, forms and pure rules of this context.

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        WorkOrderRead => "field.work_order.read": "See work orders",
        WorkOrderWrite => "field.work_order.write": "Plan work orders",
        OwnWorkRead => "field.own_work.read": "See own work orders",
        OwnWorkWrite => "field.own_work.write": "Report on own work orders",
        StockRead => "field.stock.read": "See stock",
        StockWrite => "field.stock.write": "Move stock",
    }
}
