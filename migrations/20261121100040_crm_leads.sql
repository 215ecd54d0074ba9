-- Sales: buildings and their units, the people who refer, and leads on their way to a subscriber.

CREATE TABLE building (
  tenant_id  uuid NOT NULL REFERENCES tenant (id),
  id         uuid NOT NULL,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  name_key   text NOT NULL,
  county     text NOT NULL,
  area       text NOT NULL,
  latitude   double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude  double precision CHECK (longitude BETWEEN -180 AND 180),
  coverage   text NOT NULL DEFAULT 'survey' CHECK (coverage IN ('sell', 'survey', 'do_not_sell')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT building_name_taken UNIQUE (tenant_id, area, name)
);
CALL app.tenant_table('building');
CREATE INDEX building_name_key ON building (tenant_id, name_key COLLATE "C");

CREATE TABLE unit (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL,
  building_id uuid NOT NULL,
  label       text NOT NULL CHECK (length(label) BETWEEN 1 AND 30),
  state       text NOT NULL DEFAULT 'vacant'
              CHECK (state IN ('vacant', 'lead', 'active', 'former', 'competitor', 'do_not_solicit')),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT unit_label_taken UNIQUE (tenant_id, building_id, label),
  FOREIGN KEY (tenant_id, building_id) REFERENCES building (tenant_id, id)
);
CALL app.tenant_table('unit');

CREATE TABLE referral_partner (
  tenant_id        uuid NOT NULL REFERENCES tenant (id),
  id               uuid NOT NULL,
  name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  msisdn           text NOT NULL,
  building_id      uuid,
  commission_minor bigint NOT NULL DEFAULT 0 CHECK (commission_minor >= 0),
  created_at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT referral_partner_msisdn_taken UNIQUE (tenant_id, msisdn),
  FOREIGN KEY (tenant_id, building_id) REFERENCES building (tenant_id, id)
);
CALL app.tenant_table('referral_partner');

CREATE TABLE lead (
  tenant_id   uuid NOT NULL REFERENCES tenant (id),
  id          uuid NOT NULL,
  number      text NOT NULL,
  status      text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'contacted', 'qualified', 'quoted', 'converted', 'lost')),
  full_name   text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 120),
  msisdn      text NOT NULL,
  building_id uuid,
  unit_id     uuid,
  place       text NOT NULL DEFAULT '',
  plan_id     uuid,
  source      text NOT NULL CHECK (source IN ('whatsapp', 'sms', 'walk_in', 'phone', 'web', 'referral')),
  partner_id  uuid,
  reseller_id uuid,
  assigned_to uuid,
  lost_reason text,
  note        text NOT NULL DEFAULT '',
  -- Order within a column of the board.
  position    double precision NOT NULL,
  version     integer NOT NULL DEFAULT 1,
  subscriber_id uuid,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT lead_number_taken UNIQUE (tenant_id, number),
  CONSTRAINT lead_lost_has_reason CHECK (status <> 'lost' OR lost_reason IS NOT NULL),
  FOREIGN KEY (tenant_id, building_id) REFERENCES building (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES unit (tenant_id, id),
  FOREIGN KEY (tenant_id, plan_id) REFERENCES plan (tenant_id, id),
  FOREIGN KEY (tenant_id, partner_id) REFERENCES referral_partner (tenant_id, id),
  FOREIGN KEY (tenant_id, reseller_id) REFERENCES reseller (tenant_id, id),
  FOREIGN KEY (tenant_id, assigned_to) REFERENCES login (tenant_id, id)
);
CALL app.tenant_table('lead');
CREATE INDEX lead_board ON lead (tenant_id, status, position, id);
CREATE INDEX lead_msisdn ON lead (tenant_id, msisdn);
CREATE POLICY own_subtree ON lead AS RESTRICTIVE
  USING ((SELECT app.reseller_scope()) IS NULL
         OR reseller_id IN (SELECT c.descendant_id FROM reseller_closure c WHERE c.ancestor_id = (SELECT app.reseller_scope())));

CREATE TABLE lead_activity (
  tenant_id  uuid NOT NULL,
  id         uuid NOT NULL,
  lead_id    uuid NOT NULL,
  at         timestamptz NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('received', 'created', 'moved', 'note', 'quoted', 'converted')),
  detail     text NOT NULL DEFAULT '',
  actor_name text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, lead_id) REFERENCES lead (tenant_id, id)
);
CALL app.tenant_table('lead_activity', 'SELECT, INSERT');
CREATE INDEX lead_activity_lead ON lead_activity (tenant_id, lead_id, at);
