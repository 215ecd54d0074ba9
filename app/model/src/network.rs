//! `network`: types, forms and pure rules of this context. The one rule: what RADIUS, routers and addresses are told is
//! derived here from the books, never typed twice.

pub mod activation;
pub mod devices;
pub mod incidents;
pub mod nas;
pub mod offline;
pub mod pools;
pub mod profile;
pub mod sessions;
pub mod sites;

crate::ids! {
    /// A router that asks RADIUS.
    Nas => NasId,
    /// A network that addresses are given from.
    Pool => PoolId,
    /// An address or prefix that a service has.
    Allocation => AllocationId,
    /// A place with equipment.
    Site => SiteId,
    /// A router, switch, OLT, access point or ONU.
    Device => DeviceId,
    /// A connection between two devices.
    Link => LinkId,
    /// One failure, however many alarms it raised.
    Incident => IncidentId,
    /// One run of the steps that bring a service online.
    Activation => ActivationId,
}

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        NasRead => "network.nas.read": "See NAS devices",
        NasWrite => "network.nas.write": "Add and change NAS devices",
        SessionRead => "network.session.read": "See live sessions",
        SessionDisconnect => "network.session.disconnect": "Disconnect sessions",
        PoolRead => "network.pool.read": "See address pools",
        PoolWrite => "network.pool.write": "Change address pools",
        ActivationRead => "network.activation.read": "See activations",
        ActivationRetry => "network.activation.retry": "Retry activations",
        DeviceRead => "network.device.read": "See devices and the map",
        DeviceWrite => "network.device.write": "Change devices and links",
        IncidentRead => "network.incident.read": "See incidents",
        IncidentWrite => "network.incident.write": "Work on incidents",
    }
}
