//! The rules of tenancy, money and status as questions to the catalogue. Nothing is listed by hand but exceptions.

/// `(what, why it may)`.
pub type Exceptions = &'static [(&'static str, &'static str)];

/// The schemas that are ours.
const OURS: &str = "('public', 'app', 'platform', 'radius')";

/// The one spelling of the policy, as PostgreSQL writes it back.
const POLICY: &str = "(tenant_id = ( SELECT app.current_tenant() AS current_tenant))";

const BEFORE_THE_TENANT: &str = "asked before the tenant is known; mtandao_app has no right on schema platform";

/// One rule: a question that gives a row (one text column) for each thing that breaks it.
pub struct Rule {
    pub says: String,
    pub exceptions: Exceptions,
    pub sql: String,
}

fn rules(list: &[(&str, Exceptions, &str)]) -> Vec<Rule> {
    let rule = |(says, exceptions, sql): &(&str, Exceptions, &str)| Rule {
        says: (*says).to_owned(),
        exceptions,
        sql: sql.replace("$OURS", OURS),
    };
    list.iter().map(rule).collect()
}

/// Tables of a tenant: the start of most queries here.
const TENANT_TABLES: &str = "
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped
    WHERE n.nspname IN $OURS AND c.relkind IN ('r', 'p')";

pub fn tenancy() -> Vec<Rule> {
    let no_force =
        format!("SELECT c.oid::regclass::text {TENANT_TABLES} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)");
    let policies = format!(
        "SELECT c.oid::regclass::text || ' has ' || (
           SELECT coalesce(string_agg(p.polname || ' for ' || p.polcmd::text, ', '), 'no policy') FROM pg_policy p
           WHERE p.polrelid = c.oid AND p.polpermissive)
         {TENANT_TABLES} AND NOT c.relispartition AND c.relrowsecurity AND (
           (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive) <> 1
           OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
             AND p.polroles = '{{0}}'
             AND pg_get_expr(p.polqual, p.polrelid) = '{POLICY}' AND pg_get_expr(p.polwithcheck, p.polrelid) = '{POLICY}'))"
    );
    rules(&[
        (
            "row-level security is not enabled and forced on",
            &[
                ("platform.host", BEFORE_THE_TENANT),
                ("platform.webhook_path", BEFORE_THE_TENANT),
                ("platform.web_session", BEFORE_THE_TENANT),
            ],
            &no_force,
        ),
        ("instead of the one permissive policy with USING and WITH CHECK,", &[], &policies),
        (
            "a table without tenant_id is open to mtandao_app:",
            &[("tenant", "its own id is the tenant; policy and force are checked below")],
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname IN $OURS AND c.relkind IN ('r', 'p') AND has_table_privilege('mtandao_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
               AND NOT EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id')",
        ),
        (
            "table tenant lacks its policy:",
            &[],
            "SELECT 'tenant' WHERE NOT EXISTS (SELECT FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
               WHERE c.oid = 'tenant'::regclass AND c.relrowsecurity AND c.relforcerowsecurity AND p.polpermissive
                 AND pg_get_expr(p.polqual, c.oid) = '(id = ( SELECT app.current_tenant() AS current_tenant))'
                 AND pg_get_expr(p.polwithcheck, c.oid) = '(id = ( SELECT app.current_tenant() AS current_tenant))')",
        ),
    ])
}

pub fn narrowing() -> Vec<Rule> {
    let narrowed = |policy: &str, using: &str| {
        format!(
            "SELECT c.oid::regclass::text {TENANT_TABLES} AND NOT c.relispartition
               AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped)
               AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = '{policy}' AND NOT p.polpermissive
                 AND p.polcmd = '*' AND p.polroles = '{{0}}' AND p.polwithcheck IS NULL
                 AND regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\\s+', ' ', 'g') = {using})"
        )
    };
    let accounts = narrowed(
        "own_accounts",
        "'((( SELECT app.account_scope() AS account_scope) IS NULL) OR (account_id = ANY (( SELECT app.account_scope() AS account_scope)::uuid[])))'",
    );
    let subtree = narrowed(
        "own_subtree",
        "'((( SELECT app.reseller_scope() AS reseller_scope) IS NULL) OR (EXISTS ( SELECT FROM account a WHERE ((a.tenant_id = '
           || c.relname || '.tenant_id) AND (a.id = ' || c.relname || '.account_id)))))'",
    );
    let word = "a table with account_id lacks app.account_table's policy";
    rules(&[(&format!("{word} own_accounts:"), &[], &accounts), (&format!("{word} own_subtree:"), &[], &subtree)])
}

pub fn keys() -> Vec<Rule> {
    let indexes = format!(
        "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = i.indkey[0] AND k.attname <> 'tenant_id'
         WHERE NOT c.relispartition AND i.indrelid IN (SELECT c.oid {TENANT_TABLES})
         UNION ALL
         SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indkey[0] = 0 AND i.indrelid IN (SELECT c.oid {TENANT_TABLES})"
    );
    // Foreign-key checks ignore policies: a key of one column would accept a parent of another tenant.
    let keys = format!(
        "SELECT f.conrelid::regclass::text || ' ' || pg_get_constraintdef(f.oid) FROM pg_constraint f
         WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid IN (SELECT c.oid {TENANT_TABLES}) AND NOT EXISTS (
           SELECT FROM generate_subscripts(f.conkey, 1) i
           JOIN pg_attribute here ON here.attrelid = f.conrelid AND here.attnum = f.conkey[i]
           JOIN pg_attribute there ON there.attrelid = f.confrelid AND there.attnum = f.confkey[i]
           WHERE here.attname = 'tenant_id'
             AND (there.attname = 'tenant_id' OR f.confrelid = 'tenant'::regclass AND there.attname = 'id'))"
    );
    let keyless = format!(
        "SELECT c.oid::regclass::text {TENANT_TABLES} AND NOT c.relispartition
           AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')"
    );
    rules(&[
        (
            "an index of a tenant's table does not begin with tenant_id:",
            &[
                ("job_claim", "the worker claims across tenants, as mtandao_platform"),
                ("radius.nas_addr_key", "the source address of a packet names the tenant (decision 6)"),
                ("platform.host_pkey", BEFORE_THE_TENANT),
                ("platform.webhook_path_pkey", BEFORE_THE_TENANT),
                ("platform.web_session_pkey", BEFORE_THE_TENANT),
                ("platform.web_session_public_id_key", BEFORE_THE_TENANT),
                ("platform.web_session_expiry", "the sweep of old sessions goes over all tenants"),
            ],
            &indexes,
        ),
        ("a foreign key between tenants' tables lacks tenant_id:", &[], &keys),
        ("a tenant's table has no primary key:", &[], &keyless),
    ])
}

pub fn views() -> Vec<Rule> {
    rules(&[
        (
            "a view without security_invoker shows every tenant:",
            &[],
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname IN $OURS AND c.relkind = 'v' AND NOT coalesce(c.reloptions, '{}') && '{security_invoker=true,security_invoker=on}'",
        ),
        (
            "a materialized view has no policies and is granted:",
            &[],
            "SELECT c.oid::regclass::text || ' to ' || a.grantee::regrole::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             CROSS JOIN aclexplode(c.relacl) a WHERE n.nspname IN $OURS AND c.relkind = 'm' AND a.grantee <> c.relowner",
        ),
    ])
}

pub fn rights() -> Vec<Rule> {
    rules(&[
        (
            "TRUNCATE, REFERENCES and TRIGGER ignore policies; granted:",
            &[],
            "SELECT a.privilege_type || ' on ' || c.oid::regclass || ' to ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN aclexplode(c.relacl) a
             WHERE n.nspname IN $OURS AND a.grantee <> c.relowner AND a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')",
        ),
        (
            "everybody (PUBLIC) has a right:",
            &[],
            "SELECT a.privilege_type || ' on ' || c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             CROSS JOIN aclexplode(c.relacl) a WHERE n.nspname IN $OURS AND a.grantee = 0",
        ),
        (
            "a partition asked by name has no policy of its parent; granted:",
            &[],
            "SELECT c.oid::regclass || ' to ' || a.grantee::regrole FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             CROSS JOIN aclexplode(c.relacl) a WHERE n.nspname IN $OURS AND c.relispartition AND a.grantee <> c.relowner",
        ),
        (
            "a role may more than its work needs:",
            &[],
            "SELECT rolname::text FROM pg_roles WHERE rolname IN ('mtandao_app', 'mtandao_radius')
               AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
             UNION ALL SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'mtandao_%' AND rolsuper
             UNION ALL SELECT m.member::regrole || ' is in ' || m.roleid::regrole FROM pg_auth_members m
               WHERE m.member::regrole::text IN ('mtandao_app', 'mtandao_radius', 'mtandao_platform')",
        ),
        (
            "the application owns:",
            &[],
            "SELECT oid::regclass::text FROM pg_class WHERE relowner = 'mtandao_app'::regrole
             UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE proowner = 'mtandao_app'::regrole
             UNION ALL SELECT nspname::text FROM pg_namespace WHERE nspowner = 'mtandao_app'::regrole
             UNION ALL SELECT datname::text FROM pg_database WHERE datdba = 'mtandao_app'::regrole",
        ),
        (
            "a role of the program may create objects in",
            &[],
            "SELECT n.nspname || ': ' || r.rolname FROM pg_namespace n, pg_roles r WHERE n.nspname IN $OURS
               AND r.rolname IN ('mtandao_app', 'mtandao_platform', 'mtandao_radius') AND has_schema_privilege(r.rolname, n.oid, 'CREATE')",
        ),
        (
            "the application reaches into schema platform:",
            &[],
            "SELECT 'USAGE' WHERE has_schema_privilege('mtandao_app', 'platform', 'USAGE')
             UNION ALL SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'platform'::regnamespace
               AND c.relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege('mtandao_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')",
        ),
        (
            "FreeRADIUS calls functions only, yet it has",
            &[],
            "SELECT a.privilege_type || ' on ' || c.oid::regclass FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
             WHERE a.grantee = 'mtandao_radius'::regrole",
        ),
        (
            "the owner of the RADIUS functions reaches outside its schema:",
            &[],
            "SELECT a.privilege_type || ' on ' || c.oid::regclass FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
             WHERE a.grantee = 'mtandao_radius_owner'::regrole AND c.relnamespace <> 'radius'::regnamespace",
        ),
    ])
}

pub fn functions() -> Vec<Rule> {
    const RADIUS: &str = "FreeRADIUS may call it; the tenant comes from the NAS (decision 6)";
    rules(&[
        (
            "a SECURITY DEFINER function is not on the list:",
            &[
                ("app.business_now", "gives the business clock, no row of a tenant"),
                ("app.first_operator", "makes the first operator in the transaction of the only ISP, and gives no row"),
                ("app.refuse_unbalanced", "a trigger that sums one journal, named with its tenant"),
                ("radius.acct", RADIUS),
                ("radius.auth_check", RADIUS),
                ("radius.auth_reply", RADIUS),
                ("radius.close_gone", "ends one session of app.current_tenant()"),
                ("radius.close_lost", "the platform's sweep of lost sessions over all tenants"),
                ("radius.close_lost_here", "the same for app.current_tenant() alone"),
                ("radius.make_partitions", "makes the next months' partitions, reads no row"),
                ("radius.nas_reset", RADIUS),
                ("radius.nas_secret", RADIUS),
                ("radius.post_auth", RADIUS),
                ("radius.simul_count", RADIUS),
                ("radius.take_found", "clears a mark on sessions of app.current_tenant()"),
            ],
            "SELECT n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE n.nspname IN $OURS AND p.prosecdef",
        ),
        (
            "a SECURITY DEFINER function leaves search_path to its caller:",
            &[],
            "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE n.nspname IN $OURS AND p.prosecdef
               AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%pg_temp')",
        ),
        (
            "everybody (PUBLIC) may call a SECURITY DEFINER function:",
            &[],
            "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE n.nspname IN $OURS AND p.prosecdef AND p.prorettype <> 'trigger'::regtype
               AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)",
        ),
    ])
}

pub fn columns() -> Vec<Rule> {
    const PLACE: &str = "a place on the map";
    const COLUMNS: &str = "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN $OURS AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped";
    rules(&[
        (
            "an enum type cannot use an index beside a policy:",
            &[],
            "SELECT t.oid::regtype::text FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname IN $OURS AND t.typtype = 'e'",
        ),
        (
            "a numeric or floating column, which money never is:",
            &[
                ("building.latitude", PLACE),
                ("building.longitude", PLACE),
                ("service.latitude", PLACE),
                ("service.longitude", PLACE),
                ("site.latitude", PLACE),
                ("site.longitude", PLACE),
                ("device.latitude", PLACE),
                ("device.longitude", PLACE),
                ("lead.position", "the order of cards on the board, halved between neighbours"),
            ],
            &format!(
                "SELECT c.oid::regclass || '.' || a.attname {COLUMNS}
                   AND a.atttypid IN ('numeric'::regtype, 'real'::regtype, 'double precision'::regtype, 'money'::regtype)"
            ),
        ),
        (
            "an amount that is no bigint:",
            &[],
            &format!(
                "SELECT c.oid::regclass || '.' || a.attname {COLUMNS} AND a.attname LIKE '%\\_minor' AND a.atttypid <> 'bigint'::regtype"
            ),
        ),
        (
            "an amount without _minor in its name:",
            &[],
            &format!(
                "SELECT c.oid::regclass || '.' || a.attname {COLUMNS} AND a.atttypid IN ('bigint'::regtype, 'integer'::regtype)
                   AND a.attname ~ '(amount|price|balance|fee|total|paid|cost)' AND a.attname NOT LIKE '%\\_minor'"
            ),
        ),
        (
            "a status without a list of words (CHECK … IN):",
            &[],
            &format!(
                "SELECT c.oid::regclass || '.' || a.attname {COLUMNS} AND a.attname IN ('status', 'state')
                   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]
                     AND pg_get_constraintdef(k.oid) LIKE '%= ANY (ARRAY[%')"
            ),
        ),
        (
            "a time without a zone:",
            &[],
            &format!("SELECT c.oid::regclass || '.' || a.attname {COLUMNS} AND a.atttypid = 'timestamp'::regtype"),
        ),
    ])
}
