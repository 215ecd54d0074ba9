//! `network`: types, forms and pure rules of this context.

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
