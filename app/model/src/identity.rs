//! `identity`: types, forms and pure rules of this context.

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        StaffRead => "identity.staff.read": "See staff",
        StaffWrite => "identity.staff.write": "Add, change and block staff",
        RoleRead => "identity.role.read": "See roles",
        RoleWrite => "identity.role.write": "Change roles",
        SettingRead => "identity.setting.read": "See settings",
        SettingWrite => "identity.setting.write": "Change settings",
        AuditRead => "identity.audit.read": "Read the audit log",
        SessionOwn => "identity.session.own": "See and end own sessions",
        ImpersonateStart => "identity.impersonation.start": "Act as another person, audited",
        DemoUse => "identity.demo.use": "Use the demo's clock and simulators",
        ResellerRead => "identity.reseller.read": "See resellers",
        ResellerWrite => "identity.reseller.write": "Add and change resellers",
    }
}
