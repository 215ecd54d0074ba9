//! The contexts of this server, one line each.

use platform::ServerModule;

/// Every context's share of the server, in the order of the contexts: calls go left, events go right.
pub fn all() -> Vec<ServerModule> {
    vec![
        identity::module(),
        catalog::module(),
        crm::module(),
        billing::module(),
        network::module(),
        field::module(),
        comms::module(),
        portal::module(),
    ]
}

/// The same without listeners: nobody is told. For making demo data of the past.
pub fn quiet() -> Vec<ServerModule> {
    let mut modules = all();
    for module in &mut modules {
        module.listeners.clear();
    }
    modules
}
