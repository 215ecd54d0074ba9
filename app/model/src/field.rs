//! `field`: types, forms and pure rules of this context. The one rule: work is complete when its evidence is there.

pub mod stock;
pub mod work_orders;

crate::ids! {
    /// One visit of a technician.
    WorkOrder => WorkOrderId,
    /// One piece of equipment with its serial.
    StockItem => StockItemId,
    /// A store or a van.
    Warehouse => WarehouseId,
    /// A photo, a signature or another file.
    Evidence => EvidenceId,
}

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
