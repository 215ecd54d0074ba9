-- Tickets: what a subscriber asks or complains about, and what was answered.

CREATE TABLE ticket (
  tenant_id     uuid NOT NULL REFERENCES tenant (id),
  id            uuid NOT NULL,
  number        text NOT NULL,
  account_id    uuid NOT NULL,
  topic         text NOT NULL CHECK (topic IN ('no_internet', 'slow', 'billing', 'moving', 'plan_change', 'other')),
  subject       text NOT NULL CHECK (length(subject) BETWEEN 1 AND 120),
  status        text NOT NULL CHECK (status IN ('open', 'in_progress', 'waiting', 'resolved', 'closed')),
  priority      text NOT NULL CHECK (priority IN ('urgent', 'high', 'normal', 'low')),
  assigned_to   uuid,
  incident_id   uuid,
  opened_at     timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  answer_due_at timestamptz NOT NULL,
  -- When the subscriber was first answered.
  answered_at   timestamptz,
  closed_at     timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT ticket_number_taken UNIQUE (tenant_id, number),
  CONSTRAINT ticket_closed_when CHECK (status <> 'closed' OR closed_at IS NOT NULL),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, assigned_to) REFERENCES login (tenant_id, id)
);
CALL app.tenant_table('ticket', 'SELECT, INSERT, UPDATE');
CALL app.account_table('ticket');
CREATE INDEX ticket_list ON ticket (tenant_id, status, updated_at, id);
CREATE INDEX ticket_account ON ticket (tenant_id, account_id, opened_at);

CREATE TABLE ticket_entry (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL,
  ticket_id   uuid NOT NULL,
  account_id  uuid NOT NULL,
  at          timestamptz NOT NULL,
  is_ours     boolean NOT NULL,
  is_internal boolean NOT NULL DEFAULT false,
  body        text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
  actor_name  text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('ticket_entry', 'SELECT, INSERT');
CALL app.account_table('ticket_entry');
CREATE INDEX ticket_entry_ticket ON ticket_entry (tenant_id, ticket_id, at, id);
-- A note among colleagues is not the subscriber's to read, whatever a query forgets to say.
CREATE POLICY not_internal ON ticket_entry AS RESTRICTIVE
  USING (((SELECT app.account_scope()) IS NULL AND (SELECT app.reseller_scope()) IS NULL) OR NOT is_internal);
