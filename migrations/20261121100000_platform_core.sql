-- The ground that every context stands on: tenancy, the business clock, jobs, events, audit, settings, counters, files.

CREATE SCHEMA app;
CREATE SCHEMA platform;
GRANT USAGE ON SCHEMA app TO mtandao_app, mtandao_platform, mtandao_radius_owner;
GRANT USAGE ON SCHEMA platform TO mtandao_platform;

-- After a transaction the setting reads back as '' and not as null, and a bare cast would then fail.
CREATE FUNCTION app.current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;

-- The accounts that a subscriber's context may see; null for everybody else.
CREATE FUNCTION app.account_scope() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(nullif(current_setting('app.account_ids', true), ''), ',')::uuid[] $$;

-- The reseller whose subtree a partner's context may see; null for everybody else.
CREATE FUNCTION app.reseller_scope() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.reseller_id', true), '')::uuid $$;

-- Makes a table one of the tenant's: forced row-level security, the one spelling of the policy, the application's grants.
CREATE PROCEDURE app.tenant_table(t regclass, privileges text DEFAULT 'SELECT, INSERT, UPDATE, DELETE')
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
  EXECUTE format('CREATE POLICY tenant ON %s USING (tenant_id = (SELECT app.current_tenant())) '
                 'WITH CHECK (tenant_id = (SELECT app.current_tenant()))', t);
  EXECUTE format('GRANT %s ON %s TO mtandao_app', privileges, t);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO mtandao_platform', t);
END $$;

-- Narrows a table with account_id for the two contexts that see less than the tenant: subscriber and reseller.
-- For the reseller the policy of table account does the choosing, so the rule stands in one place.
CREATE PROCEDURE app.account_table(t regclass)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE POLICY own_accounts ON %s AS RESTRICTIVE USING ((SELECT app.account_scope()) IS NULL '
                 'OR account_id = ANY ((SELECT app.account_scope())::uuid[]))', t);
  EXECUTE format('CREATE POLICY own_subtree ON %1$s AS RESTRICTIVE USING ((SELECT app.reseller_scope()) IS NULL '
                 'OR EXISTS (SELECT FROM account a WHERE a.tenant_id = %1$s.tenant_id AND a.id = %1$s.account_id))', t);
END $$;

-- Business time is moved in demos and tests; real time never is.
CREATE TABLE platform.business_clock (
  only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  offset_ms bigint NOT NULL DEFAULT 0
);
INSERT INTO platform.business_clock DEFAULT VALUES;
GRANT SELECT, UPDATE ON platform.business_clock TO mtandao_platform;

CREATE FUNCTION app.business_now() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = platform, pg_temp AS
$$ SELECT now() + make_interval(secs => offset_ms / 1000.0) FROM platform.business_clock $$;
REVOKE ALL ON FUNCTION app.business_now() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.business_now() TO mtandao_app, mtandao_platform;

-- A tenant is an ISP. Settings that every page needs stand here; the rest in table setting.
CREATE TABLE tenant (
  id          uuid PRIMARY KEY,
  code        text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9-]{1,30}$'),
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  prefix      text NOT NULL CHECK (prefix ~ '^[A-Z]{2,3}$'),
  currency    text NOT NULL DEFAULT 'KES' CHECK (length(currency) = 3),
  time_zone   text NOT NULL DEFAULT 'Africa/Nairobi',
  lang        text NOT NULL DEFAULT 'en' CHECK (lang IN ('en', 'sw')),
  brand_hue   smallint CHECK (brand_hue BETWEEN 0 AND 359),
  phone       text,
  whatsapp    text,
  is_demo     boolean NOT NULL DEFAULT false,
  mfa_required boolean NOT NULL DEFAULT true,
  data_key    bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant USING (id = (SELECT app.current_tenant())) WITH CHECK (id = (SELECT app.current_tenant()));
GRANT SELECT, UPDATE ON tenant TO mtandao_app;
GRANT SELECT, INSERT, UPDATE ON tenant TO mtandao_platform;

-- Host names, over all tenants: asked before anybody has signed in.
CREATE TABLE platform.host (
  name      text PRIMARY KEY CHECK (name = lower(name)),
  tenant_id uuid NOT NULL REFERENCES tenant (id)
);
GRANT SELECT, INSERT, DELETE ON platform.host TO mtandao_platform;

-- The secret last part of a webhook's address, by provider: it alone tells whose message this is.
CREATE TABLE platform.webhook_path (
  secret_hash bytea PRIMARY KEY,
  tenant_id   uuid NOT NULL REFERENCES tenant (id),
  provider    text NOT NULL,
  UNIQUE (tenant_id, provider)
);
GRANT SELECT, INSERT, DELETE ON platform.webhook_path TO mtandao_platform;

CREATE TABLE setting (
  tenant_id  uuid NOT NULL REFERENCES tenant (id),
  key        text NOT NULL,
  value      jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid,
  PRIMARY KEY (tenant_id, key)
);
CALL app.tenant_table('setting');

-- Business numbers: one locked row per tenant and series, so that numbers have no gap.
CREATE TABLE counter (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  series    text NOT NULL,
  last      bigint NOT NULL CHECK (last > 0),
  PRIMARY KEY (tenant_id, series)
);
CALL app.tenant_table('counter', 'SELECT, INSERT, UPDATE');

-- Work to be done later, at least once. Inserted with the business change, in its transaction.
CREATE TABLE job (
  tenant_id    uuid NOT NULL REFERENCES tenant (id),
  id           uuid NOT NULL,
  kind         text NOT NULL,
  payload      jsonb NOT NULL,
  dedupe_key   text,
  priority     smallint NOT NULL DEFAULT 0,
  state        text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'done', 'dead')),
  run_at       timestamptz NOT NULL DEFAULT now(),
  attempts     integer NOT NULL DEFAULT 0,
  attempts_max integer NOT NULL DEFAULT 12,
  lease_until  timestamptz,
  lease_token  uuid,
  last_error   text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CALL app.tenant_table('job', 'SELECT, INSERT, UPDATE');
CREATE UNIQUE INDEX job_live_dedupe ON job (tenant_id, kind, dedupe_key) WHERE state IN ('ready', 'running');
CREATE INDEX job_claim ON job (state, run_at, id) WHERE state IN ('ready', 'running');

-- One row per tick of a repeating task: two servers never run the same tick, and a late one is seen.
CREATE TABLE cron_tick (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  name      text NOT NULL,
  tick      date NOT NULL,
  PRIMARY KEY (tenant_id, name, tick)
);
CALL app.tenant_table('cron_tick', 'SELECT, INSERT');

-- The audit log: append-only, chained by hash per tenant.
CREATE TABLE audit_head (
  tenant_id uuid PRIMARY KEY REFERENCES tenant (id),
  seq       bigint NOT NULL,
  hash      bytea NOT NULL
);
CALL app.tenant_table('audit_head', 'SELECT, INSERT, UPDATE');

CREATE TABLE audit_entry (
  tenant_id     uuid NOT NULL REFERENCES tenant (id),
  seq           bigint NOT NULL,
  at            timestamptz NOT NULL,
  business_at   timestamptz NOT NULL,
  actor_kind    text NOT NULL,
  actor_id      uuid,
  actor_name    text NOT NULL,
  real_actor_id uuid,
  action        text NOT NULL,
  object_kind   text NOT NULL,
  object_id     text NOT NULL,
  before        jsonb,
  after         jsonb,
  reason        text,
  request_id    text NOT NULL,
  address       text,
  previous_hash bytea NOT NULL,
  hash          bytea NOT NULL,
  PRIMARY KEY (tenant_id, seq)
);
CALL app.tenant_table('audit_entry', 'SELECT, INSERT');
CREATE INDEX audit_entry_object ON audit_entry (tenant_id, object_kind, object_id, seq);

CREATE FUNCTION app.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'MT001'; END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

-- Documents, photos, signatures, PDFs: the bytes lie outside, encrypted by the tenant's data key.
CREATE TABLE file (
  tenant_id   uuid NOT NULL REFERENCES tenant (id),
  id          uuid NOT NULL,
  sha256      bytea NOT NULL,
  bytes       bigint NOT NULL CHECK (bytes > 0),
  media_type  text NOT NULL,
  class       text NOT NULL CHECK (class IN ('basic', 'contact', 'financial', 'technical', 'private')),
  storage_key text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CALL app.tenant_table('file', 'SELECT, INSERT, DELETE');

-- Browser sessions of all audiences. Only the hash of the cookie is kept, so a leak of this table opens no door.
CREATE TABLE platform.web_session (
  id_hash    bytea PRIMARY KEY,
  public_id  uuid NOT NULL UNIQUE,
  audience   text NOT NULL CHECK (audience IN ('staff', 'my', 'partner', 'platform')),
  tenant_id  uuid REFERENCES tenant (id),
  person_id  uuid,
  data       jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at    timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  address    text,
  user_agent text
);
CREATE INDEX web_session_person ON platform.web_session (tenant_id, person_id);
CREATE INDEX web_session_expiry ON platform.web_session (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON platform.web_session TO mtandao_platform;

-- Failed tries by key (account, address, tenant). Real time, in the database, so that a restart forgets nothing.
CREATE TABLE platform.throttle (
  key          text PRIMARY KEY,
  failures     integer NOT NULL,
  window_start timestamptz NOT NULL,
  blocked_until timestamptz
);
GRANT SELECT, INSERT, UPDATE, DELETE ON platform.throttle TO mtandao_platform;
