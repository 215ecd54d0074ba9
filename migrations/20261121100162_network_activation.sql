-- Activation: the visible steps from an installed service to an online one. Real time: people wait for it.

CREATE TABLE activation (
  tenant_id  uuid NOT NULL,
  id         uuid NOT NULL,
  service_id uuid NOT NULL,
  account_id uuid NOT NULL,
  state      text NOT NULL CHECK (state IN ('running', 'failed', 'undone', 'ready', 'online')),
  started_at timestamptz NOT NULL,
  online_at  timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT activation_online_when CHECK (state <> 'online' OR online_at IS NOT NULL),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('activation', 'SELECT, INSERT, UPDATE');
CALL app.account_table('activation');
-- One living activation per service, however often a work order is completed.
CREATE UNIQUE INDEX activation_once ON activation (tenant_id, service_id) WHERE state <> 'undone';
CREATE INDEX activation_list ON activation (tenant_id, state, started_at, id);

CREATE TABLE activation_step (
  tenant_id     uuid NOT NULL,
  activation_id uuid NOT NULL,
  account_id    uuid NOT NULL,
  step          text NOT NULL
                CHECK (step IN ('approve', 'reserve_address', 'radius_account', 'first_invoice', 'welcome_sms', 'online')),
  state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'undone')),
  started_at    timestamptz,
  ended_at      timestamptz,
  tries         integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
  note          text,
  PRIMARY KEY (tenant_id, activation_id, step),
  FOREIGN KEY (tenant_id, activation_id) REFERENCES activation (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('activation_step', 'SELECT, INSERT, UPDATE');
CALL app.account_table('activation_step');
