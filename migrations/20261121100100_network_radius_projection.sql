-- Schema radius: what FreeRADIUS asks and what it reports. The tables account and nas are a projection of the
-- platform's own, filled in the same transaction as the change that they follow; nothing here decides when a service
-- is due: the tables know locks, never dates. Real time, not business time, runs in this schema.
--
-- The tenant of every request is the tenant of the router that sent it, found by the packet's source address, which
-- is therefore unique over the installation. The role of FreeRADIUS may execute seven functions and read no table.

CREATE SCHEMA radius;
GRANT USAGE ON SCHEMA radius TO mtandao_app, mtandao_platform, mtandao_radius, mtandao_radius_owner;

-- Routers that may ask.
CREATE TABLE radius.nas (
  tenant_id  uuid NOT NULL REFERENCES tenant (id),
  id         uuid NOT NULL,
  addr       inet NOT NULL CHECK (masklen(addr) = CASE family(addr) WHEN 4 THEN 32 ELSE 128 END),
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  secret     bytea NOT NULL,
  require_ma boolean NOT NULL DEFAULT true,
  vendor     text NOT NULL DEFAULT 'mikrotik' CHECK (vendor IN ('mikrotik', 'other')),
  coa_port   integer NOT NULL DEFAULT 3799 CHECK (coa_port BETWEEN 1 AND 65535),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT nas_addr_key UNIQUE (addr)
);
CALL app.tenant_table('radius.nas');

-- One row per user name that may log in: what it gets, and whether it is locked into the walled garden.
CREATE TABLE radius.account (
  tenant_id         uuid NOT NULL REFERENCES tenant (id),
  username          text NOT NULL CHECK (length(username) BETWEEN 1 AND 253),
  service_id        uuid NOT NULL,
  secret            bytea NOT NULL,
  enabled           boolean NOT NULL DEFAULT true,
  locked            boolean NOT NULL DEFAULT false,
  mac               macaddr,
  max_sessions      integer NOT NULL DEFAULT 1 CHECK (max_sessions BETWEEN 1 AND 100),
  rate_limit        text NOT NULL CHECK (length(rate_limit) BETWEEN 1 AND 200),
  walled_rate_limit text NOT NULL CHECK (length(walled_rate_limit) BETWEEN 1 AND 200),
  framed_ip         inet CHECK (family(framed_ip) = 4 AND masklen(framed_ip) = 32),
  delegated_prefix  cidr CHECK (family(delegated_prefix) = 6),
  framed_pool       text CHECK (length(framed_pool) BETWEEN 1 AND 200),
  interim_s         integer NOT NULL DEFAULT 300 CHECK (interim_s BETWEEN 60 AND 3600),
  session_timeout_s integer CHECK (session_timeout_s > 0),
  PRIMARY KEY (tenant_id, username)
);
CREATE INDEX account_service ON radius.account (tenant_id, service_id);
CALL app.tenant_table('radius.account');

-- Living sessions. Small and often updated, so each page keeps room for new versions of its rows.
CREATE TABLE radius.acct_open (
  tenant_id        uuid NOT NULL,
  unique_id        text NOT NULL,
  session_id       text NOT NULL,
  username         text NOT NULL,
  service_id       uuid,
  nas_id           uuid NOT NULL,
  nas_addr         inet NOT NULL,
  nas_ip           inet,
  port_id          text,
  started_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  session_s        bigint NOT NULL DEFAULT 0,
  input_octets     bigint NOT NULL DEFAULT 0,
  output_octets    bigint NOT NULL DEFAULT 0,
  called_station   text,
  calling_station  text,
  framed_ip        inet,
  delegated_prefix inet,
  PRIMARY KEY (tenant_id, unique_id)
) WITH (fillfactor = 70);
CREATE INDEX acct_open_username ON radius.acct_open (tenant_id, username);
CREATE INDEX acct_open_nas ON radius.acct_open (tenant_id, nas_id);
CREATE INDEX acct_open_service ON radius.acct_open (tenant_id, service_id);
CALL app.tenant_table('radius.acct_open', 'SELECT');

-- Ended sessions, by month of their start. presumed = no report came any more, so we closed it ourselves.
CREATE TABLE radius.acct (
  LIKE radius.acct_open INCLUDING DEFAULTS,
  stopped_at      timestamptz NOT NULL,
  terminate_cause text,
  presumed        boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant_id, unique_id, started_at)
) PARTITION BY RANGE (started_at);
CREATE INDEX acct_username ON radius.acct (tenant_id, username, started_at);
CREATE INDEX acct_service ON radius.acct (tenant_id, service_id, started_at);
CREATE INDEX acct_framed_ip ON radius.acct (tenant_id, framed_ip, started_at);  -- who had this address at that time
CALL app.tenant_table('radius.acct', 'SELECT');

-- Logins that were refused. Never a password.
CREATE TABLE radius.post_auth (
  tenant_id       uuid NOT NULL,
  id              bigint GENERATED ALWAYS AS IDENTITY,
  at              timestamptz NOT NULL DEFAULT now(),
  username        text NOT NULL,
  reply           text NOT NULL,
  calling_station text,
  nas_id          uuid NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX post_auth_username ON radius.post_auth (tenant_id, username, at);
CREATE INDEX post_auth_at ON radius.post_auth (tenant_id, at);
CALL app.tenant_table('radius.post_auth', 'SELECT');

GRANT SELECT ON radius.nas, radius.account TO mtandao_radius_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON radius.acct_open, radius.acct TO mtandao_radius_owner;
GRANT SELECT, INSERT, DELETE ON radius.post_auth TO mtandao_radius_owner;

-- A partition asked for by its own name is not under its parent's policy: it has the same one and no grants.
CREATE PROCEDURE radius.guard_partition(t regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
  EXECUTE format('CREATE POLICY tenant ON %s USING (tenant_id = (SELECT app.current_tenant())) '
                 'WITH CHECK (tenant_id = (SELECT app.current_tenant()))', t);
END $$;
REVOKE ALL ON PROCEDURE radius.guard_partition(regclass) FROM PUBLIC;

-- The safety net: what no monthly partition takes.
CREATE TABLE radius.acct_default PARTITION OF radius.acct DEFAULT;
CALL radius.guard_partition('radius.acct_default');

-- Makes the partitions of this month and p_months after it, and returns how many were new. What the safety net has
-- caught for a month moves into its partition. Running it again makes nothing.
CREATE FUNCTION radius.make_partitions(p_months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = radius, pg_temp AS $$
DECLARE
  begins timestamp;
  low    timestamptz;
  high   timestamptz;
  part   text;
  made   integer := 0;
BEGIN
  FOR i IN 0 .. p_months LOOP
    begins := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => i);
    low := begins AT TIME ZONE 'UTC';
    high := (begins + interval '1 month') AT TIME ZONE 'UTC';
    part := 'acct_' || to_char(begins, 'YYYYMM');
    CONTINUE WHEN to_regclass('radius.' || part) IS NOT NULL;
    EXECUTE format('CREATE TABLE radius.%I (LIKE radius.acct INCLUDING DEFAULTS)', part);
    EXECUTE format('WITH moved AS (DELETE FROM radius.acct_default WHERE started_at >= %L AND started_at < %L RETURNING *) '
                   'INSERT INTO radius.%I SELECT * FROM moved', low, high, part);
    EXECUTE format('ALTER TABLE radius.acct ATTACH PARTITION radius.%I FOR VALUES FROM (%L) TO (%L)', part, low, high);
    CALL radius.guard_partition(format('radius.%I', part)::regclass);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
REVOKE ALL ON FUNCTION radius.make_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION radius.make_partitions(integer) TO mtandao_platform;
SELECT radius.make_partitions(3);

-- Secrets of the projection: 16 octets of initialisation vector, then AES-CBC of a 16 octet mark of the row that they
-- belong to and the text. A sealed secret copied to another row does not open there.
CREATE FUNCTION radius.seal(p_key bytea, p_row text, p_secret text) RETURNS bytea
LANGUAGE sql VOLATILE STRICT SET search_path = public, pg_temp AS $$
  SELECT iv || encrypt_iv(substring(digest(p_row, 'sha256') FROM 1 FOR 16) || convert_to(p_secret, 'UTF8'), p_key, iv, 'aes')
  FROM (SELECT gen_random_bytes(16) AS iv) AS fresh
$$;

-- Opens a secret with the key that only the connection options of FreeRADIUS carry (-c radius.key=64 hex digits).
CREATE FUNCTION radius.unseal(p_row text, p_sealed bytea) RETURNS text
LANGUAGE plpgsql STABLE STRICT SET search_path = public, pg_temp AS $$
DECLARE
  plain bytea := decrypt_iv(substring(p_sealed FROM 17), decode(current_setting('radius.key'), 'hex'),
                            substring(p_sealed FROM 1 FOR 16), 'aes');
BEGIN
  IF substring(plain FROM 1 FOR 16) IS DISTINCT FROM substring(digest(p_row, 'sha256') FROM 1 FOR 16) THEN
    RAISE EXCEPTION 'The secret does not belong to this row, or was sealed with another key.';
  END IF;
  RETURN convert_from(substring(plain FROM 17), 'UTF8');
END $$;
REVOKE ALL ON FUNCTION radius.seal(bytea, text, text), radius.unseal(text, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION radius.seal(bytea, text, text) TO mtandao_app, mtandao_platform;
GRANT EXECUTE ON FUNCTION radius.unseal(text, bytea) TO mtandao_radius_owner;
