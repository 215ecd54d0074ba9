-- The party, its payer, what it bought and how it gets in: subscriber 1–n account 1–n service 0–n access.

CREATE TABLE subscriber (
  tenant_id   uuid NOT NULL REFERENCES tenant (id),
  id          uuid NOT NULL,
  kind        text NOT NULL DEFAULT 'residential' CHECK (kind IN ('residential', 'business', 'corporate', 'government')),
  full_name   text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 120),
  -- Lower-case words for search by prefix; the policy lets only leakproof operators use an index.
  name_key    text NOT NULL,
  msisdn      text NOT NULL,
  email       text,
  lang        text NOT NULL DEFAULT 'en' CHECK (lang IN ('en', 'sw')),
  lead_id     uuid,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, lead_id) REFERENCES lead (tenant_id, id)
);
CALL app.tenant_table('subscriber');
CREATE INDEX subscriber_name_key ON subscriber (tenant_id, name_key COLLATE "C");
CREATE INDEX subscriber_msisdn ON subscriber (tenant_id, msisdn);
CREATE INDEX subscriber_created ON subscriber (tenant_id, created_at, id);
ALTER TABLE lead ADD FOREIGN KEY (tenant_id, subscriber_id) REFERENCES subscriber (tenant_id, id);

-- One row per word of a name, for search.
CREATE TABLE subscriber_token (
  tenant_id     uuid NOT NULL,
  token         text NOT NULL,
  subscriber_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, token, subscriber_id),
  FOREIGN KEY (tenant_id, subscriber_id) REFERENCES subscriber (tenant_id, id) ON DELETE CASCADE
);
CALL app.tenant_table('subscriber_token', 'SELECT, INSERT, DELETE');
CREATE INDEX subscriber_token_prefix ON subscriber_token (tenant_id, token COLLATE "C");

CREATE TABLE account (
  tenant_id     uuid NOT NULL,
  id            uuid NOT NULL,
  number        text NOT NULL CHECK (length(number) <= 12),
  subscriber_id uuid NOT NULL,
  reseller_id   uuid,
  parent_id     uuid,
  currency      text NOT NULL CHECK (length(currency) = 3),
  billing_day   smallint NOT NULL CHECK (billing_day BETWEEN 1 AND 28),
  created_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT account_number_taken UNIQUE (tenant_id, number),
  FOREIGN KEY (tenant_id, subscriber_id) REFERENCES subscriber (tenant_id, id),
  FOREIGN KEY (tenant_id, reseller_id) REFERENCES reseller (tenant_id, id),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('account', 'SELECT, INSERT, UPDATE');
CREATE INDEX account_subscriber ON account (tenant_id, subscriber_id);
CREATE INDEX account_reseller ON account (tenant_id, reseller_id);
CREATE POLICY own_accounts ON account AS RESTRICTIVE
  USING ((SELECT app.account_scope()) IS NULL OR id = ANY ((SELECT app.account_scope())::uuid[]));
CREATE POLICY own_subtree ON account AS RESTRICTIVE
  USING ((SELECT app.reseller_scope()) IS NULL
         OR reseller_id IN (SELECT c.descendant_id FROM reseller_closure c WHERE c.ancestor_id = (SELECT app.reseller_scope())));

-- The two narrow contexts see the party only through an account of theirs.
CREATE POLICY own_accounts ON subscriber AS RESTRICTIVE
  USING (((SELECT app.account_scope()) IS NULL AND (SELECT app.reseller_scope()) IS NULL)
         OR EXISTS (SELECT FROM account a WHERE a.tenant_id = subscriber.tenant_id AND a.subscriber_id = subscriber.id));
CREATE POLICY own_accounts ON subscriber_token AS RESTRICTIVE
  USING (((SELECT app.account_scope()) IS NULL AND (SELECT app.reseller_scope()) IS NULL)
         OR EXISTS (SELECT FROM account a WHERE a.tenant_id = subscriber_token.tenant_id AND a.subscriber_id = subscriber_token.subscriber_id));

CREATE TABLE service (
  tenant_id       uuid NOT NULL,
  id              uuid NOT NULL,
  account_id      uuid NOT NULL,
  plan_version_id uuid NOT NULL,
  state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'installing', 'active', 'disconnected')),
  building_id     uuid,
  unit_id         uuid,
  place           text NOT NULL DEFAULT '',
  county          text NOT NULL DEFAULT '',
  area            text NOT NULL DEFAULT '',
  latitude        double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude       double precision CHECK (longitude BETWEEN -180 AND 180),
  activated_at    timestamptz,
  -- The last day that has been invoiced; the next period begins on the day after.
  invoiced_until  date,
  disconnected_reason text,
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT service_active_since CHECK (state <> 'active' OR activated_at IS NOT NULL),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, plan_version_id) REFERENCES plan_version (tenant_id, id),
  FOREIGN KEY (tenant_id, building_id) REFERENCES building (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES unit (tenant_id, id)
);
CALL app.tenant_table('service', 'SELECT, INSERT, UPDATE');
CALL app.account_table('service');
CREATE INDEX service_account ON service (tenant_id, account_id);
CREATE INDEX service_state ON service (tenant_id, state, invoiced_until);

-- How a service gets in. The secret must be readable for CHAP, so it is sealed, not hashed.
CREATE TABLE access (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL,
  account_id  uuid NOT NULL,
  service_id  uuid NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('pppoe', 'mac', 'hotspot', 'static')),
  username    text NOT NULL CHECK (length(username) BETWEEN 3 AND 64),
  secret      bytea NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT access_username_taken UNIQUE (tenant_id, username),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id)
);
CALL app.tenant_table('access');
CALL app.account_table('access');
CREATE INDEX access_service ON access (tenant_id, service_id);

-- Which accounts a portal login may see, and as what.
CREATE TABLE login_account (
  tenant_id  uuid NOT NULL,
  login_id   uuid NOT NULL,
  account_id uuid NOT NULL,
  role       text NOT NULL DEFAULT 'owner' CHECK (role IN ('owner', 'user', 'read_only')),
  PRIMARY KEY (tenant_id, login_id, account_id),
  FOREIGN KEY (tenant_id, login_id) REFERENCES login (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('login_account');
CALL app.account_table('login_account');
CREATE INDEX login_account_account ON login_account (tenant_id, account_id);

-- What happened to a subscriber, for the timeline: a kind and its facts; the words are made in the reader's language.
CREATE TABLE timeline_entry (
  tenant_id  uuid NOT NULL,
  id         uuid NOT NULL,
  account_id uuid NOT NULL,
  at         timestamptz NOT NULL,
  kind       text NOT NULL,
  facts      jsonb NOT NULL DEFAULT '{}',
  class      text NOT NULL CHECK (class IN ('basic', 'contact', 'financial', 'technical', 'private')),
  actor_name text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('timeline_entry', 'SELECT, INSERT');
CALL app.account_table('timeline_entry');
CREATE INDEX timeline_entry_account ON timeline_entry (tenant_id, account_id, at, id);
