//! Built-in roles and what each may do. A tenant gets its own copy and may change it.

use model::identity::RoleId;
use model::{AppError, Audience};
use platform::error::from_sql;
use platform::{App, Op};

/// A role that every tenant starts with.
pub struct BuiltIn {
    pub code: &'static str,
    pub name: &'static str,
    pub audience: Audience,
    /// Permission codes; one that ends in `*` stands for all that begin so.
    pub allows: &'static [&'static str],
}

/// The roles that every ISP knows, in permissions.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        code: "isp_admin",
        name: "ISP admin",
        audience: Audience::Staff,
        allows: &["identity.*", "catalog.*", "crm.*", "billing.*", "network.*", "field.*", "comms.*", "portal.*"],
    },
    BuiltIn {
        code: "sales",
        name: "Sales",
        audience: Audience::Staff,
        allows: &[
            "identity.session.own",
            "catalog.plan.read",
            "crm.lead.*",
            "crm.partner.*",
            "crm.building.*",
            "crm.subscriber.read",
            "crm.subscriber.read_contact",
            "portal.search.use",
            "portal.dashboard.read",
        ],
    },
    BuiltIn {
        code: "billing",
        name: "Billing and finance",
        audience: Audience::Staff,
        allows: &[
            "identity.session.own",
            "catalog.plan.read",
            "crm.subscriber.read",
            "crm.subscriber.read_contact",
            "crm.subscriber.read_financial",
            "crm.subscriber.read_technical",
            "billing.*",
            "comms.message.*",
            "portal.search.use",
            "portal.dashboard.read",
        ],
    },
    BuiltIn {
        code: "noc",
        name: "Network engineer",
        audience: Audience::Staff,
        allows: &[
            "identity.session.own",
            "crm.subscriber.read",
            "crm.subscriber.read_contact",
            "crm.subscriber.read_technical",
            "crm.service.approve",
            "network.*",
            "field.work_order.*",
            "field.stock.read",
            "billing.lock.read",
            "comms.ticket.read",
            "portal.search.use",
            "portal.dashboard.read",
        ],
    },
    BuiltIn {
        code: "infrastructure",
        name: "Infrastructure and assets",
        audience: Audience::Staff,
        allows: &[
            "identity.session.own",
            "network.device.read",
            "field.stock.*",
            "field.work_order.read",
            "portal.search.use",
        ],
    },
    BuiltIn {
        code: "hotspot_admin",
        name: "Hotspot admin",
        audience: Audience::Staff,
        // No sessions: they are those of all subscribers, until there are some of the hotspot's own.
        allows: &["identity.session.own", "catalog.plan.read"],
    },
    BuiltIn {
        code: "technician",
        name: "Technician",
        audience: Audience::Staff,
        allows: &["identity.session.own", "field.own_work.*"],
    },
    BuiltIn {
        code: "support",
        name: "Support agent",
        audience: Audience::Staff,
        allows: &[
            "identity.session.own",
            "catalog.plan.read",
            "crm.subscriber.read",
            "crm.subscriber.read_contact",
            "crm.subscriber.read_technical",
            "network.session.read",
            "network.device.read",
            "network.incident.read",
            "billing.lock.read",
            "comms.*",
            "portal.search.use",
            "portal.dashboard.read",
        ],
    },
    BuiltIn {
        code: "auditor",
        name: "Auditor",
        audience: Audience::Staff,
        allows: &["identity.session.own", "identity.audit.read", "billing.ledger.read", "portal.dashboard.read"],
    },
    BuiltIn {
        code: "reseller_admin",
        name: "Reseller admin",
        audience: Audience::Partner,
        allows: &["identity.session.own", "partner.*"],
    },
    BuiltIn {
        code: "reseller_staff",
        name: "Reseller staff",
        audience: Audience::Partner,
        allows: &["identity.session.own", "partner.home"],
    },
    BuiltIn {
        code: "reseller_read_only",
        name: "Reseller, read only",
        audience: Audience::Partner,
        allows: &["identity.session.own", "partner.*"],
    },
    BuiltIn {
        code: "subscriber_owner",
        name: "Account owner",
        audience: Audience::My,
        allows: &["identity.session.own", "my.*"],
    },
    BuiltIn {
        code: "subscriber_user",
        name: "Account user",
        audience: Audience::My,
        allows: &["identity.session.own", "my.*"],
    },
    BuiltIn {
        code: "subscriber_read_only",
        name: "Account, read only",
        audience: Audience::My,
        allows: &["identity.session.own", "my.home"],
    },
];

/// Permissions that no role has: webhooks and jobs act with them, never a person.
const PROGRAM_ONLY: &[&str] = &["crm.lead.receive", "billing.payment.receive", "comms.notice.send"];

/// Whether a permission is for webhooks and jobs only.
pub(crate) fn is_for_programs(code: &str) -> bool {
    PROGRAM_ONLY.contains(&code)
}

impl BuiltIn {
    /// The codes among `all` that this role has.
    pub fn codes<'a>(&self, all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        all.filter(|code| !is_for_programs(code) && self.allows.iter().any(|pattern| fits(pattern, code))).collect()
    }
}

fn fits(pattern: &str, code: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == code, |start| code.starts_with(start))
}

/// Gives a tenant its built-in roles as this version knows them: nobody else changes them. Running it again changes nothing.
pub async fn seed_in_op(op: &mut Op) -> Result<(), AppError> {
    let app = op.app().clone();
    let tenant = op.tenant().uuid();
    let all: Vec<&str> = app.modules.iter().flat_map(|m| m.permissions).map(|p| p.code).collect();
    for built_in in BUILT_IN {
        let id = sqlx::query_scalar!(
            "INSERT INTO role AS r (tenant_id, id, code, name, audience, built_in) VALUES ($1, $2, $3, $4, $5, true)
             ON CONFLICT (tenant_id, code) DO UPDATE SET built_in = r.built_in RETURNING id",
            tenant,
            RoleId::new().uuid(),
            built_in.code,
            built_in.name,
            built_in.audience.code(),
        )
        .fetch_one(op.conn())
        .await
        .map_err(from_sql)?;
        let codes: Vec<String> = built_in.codes(all.iter().copied()).into_iter().map(str::to_owned).collect();
        sqlx::query!("DELETE FROM role_permission WHERE role_id = $1 AND permission <> ALL($2)", id, &codes)
            .execute(op.conn())
            .await
            .map_err(from_sql)?;
        sqlx::query!(
            "INSERT INTO role_permission (tenant_id, role_id, permission) SELECT $1, $2, unnest($3::text[])
             ON CONFLICT DO NOTHING",
            tenant,
            id,
            &codes,
        )
        .execute(op.conn())
        .await
        .map_err(from_sql)?;
    }
    Ok(())
}

/// The same for every ISP: at each start, because a new version may bring roles and permissions.
pub async fn seed_all(app: &App) -> Result<(), AppError> {
    for tenant in platform::tenants::all(app).await? {
        let mut op = app.begin_as_system(tenant.id, "built-in roles").await?;
        seed_in_op(&mut op).await?;
        op.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(role: &str) -> Vec<&'static str> {
        use model::*;
        let all = [
            identity::perm::ALL,
            catalog::perm::ALL,
            crm::perm::ALL,
            billing::perm::ALL,
            network::perm::ALL,
            field::perm::ALL,
            comms::perm::ALL,
            portal::perm::ALL,
        ];
        let role = BUILT_IN.iter().find(|r| r.code == role).unwrap();
        role.codes(all.iter().flat_map(|list| list.iter()).map(|p| p.code))
    }

    #[test]
    fn a_technician_has_own_work_orders_and_nothing_else() {
        assert_eq!(codes("technician"), ["identity.session.own", "field.own_work.read", "field.own_work.write"]);
    }

    #[test]
    fn support_never_sees_an_amount_of_money() {
        assert!(
            codes("support")
                .iter()
                .all(|c| !c.contains("financial") && !c.contains("invoice") && !c.contains("payment"))
        );
    }

    #[test]
    fn no_role_of_an_isp_runs_the_platform() {
        for role in BUILT_IN {
            assert!(codes(role.code).iter().all(|code| !code.starts_with("platform.")), "{}", role.code);
        }
    }

    #[test]
    fn no_person_may_act_as_a_webhook() {
        for role in BUILT_IN {
            assert!(PROGRAM_ONLY.iter().all(|p| !codes(role.code).contains(p)), "{}", role.code);
        }
    }
}
