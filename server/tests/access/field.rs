//! The doors of field.

use super::{Door, needs};

pub const DOORS: &[Door] = &[
    needs("/rpc/staff/field/work_orders/list", "field.work_order.read"),
    needs("/rpc/staff/field/work_orders/get", "field.work_order.read"),
    needs("/rpc/staff/field/work_orders/open_installation", "field.work_order.write"),
    needs("/rpc/staff/field/work_orders/schedule", "field.work_order.write"),
    needs("/rpc/staff/field/work_orders/reserve", "field.work_order.write"),
    needs("/rpc/staff/field/work_orders/release", "field.work_order.write"),
    needs("/rpc/staff/field/work_orders/cancel", "field.work_order.write"),
    needs("/rpc/staff/field/stock/list", "field.stock.read"),
    needs("/rpc/staff/field/stock/receive", "field.stock.write"),
    needs("/rpc/staff/field/stock/move", "field.stock.write"),
    needs("/rpc/staff/field/warehouses/add", "field.stock.write"),
    needs("/rpc/staff/field/own/today", "field.own_work.read"),
    needs("/rpc/staff/field/own/get", "field.own_work.read"),
    needs("/rpc/staff/field/own/router_login", "field.own_work.write"),
    needs("/rpc/staff/field/own/progress", "field.own_work.write"),
    needs("/rpc/staff/field/own/sign", "field.own_work.write"),
    needs("/rpc/staff/field/own/complete", "field.own_work.write"),
];
