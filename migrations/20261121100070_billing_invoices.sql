-- Invoices, locks, reminders, billing runs.

CREATE TABLE billing_run (
  tenant_id    uuid NOT NULL REFERENCES tenant (id),
  id           uuid NOT NULL,
  for_day      date NOT NULL,
  state        text NOT NULL CHECK (state IN ('running', 'done', 'undone', 'failed')),
  invoices     integer NOT NULL DEFAULT 0,
  total_minor  bigint NOT NULL DEFAULT 0,
  started_at   timestamptz NOT NULL,
  finished_at  timestamptz,
  started_by   text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CALL app.tenant_table('billing_run', 'SELECT, INSERT, UPDATE');
CREATE INDEX billing_run_day ON billing_run (tenant_id, for_day, id);

CREATE TABLE invoice (
  tenant_id    uuid NOT NULL,
  id           uuid NOT NULL,
  number       text,
  account_id   uuid NOT NULL,
  service_id   uuid,
  run_id       uuid,
  status       text NOT NULL CHECK (status IN ('draft', 'issued', 'paid', 'void')),
  issued_at    timestamptz,
  due_at       timestamptz NOT NULL,
  period_from  date,
  period_until date,
  currency     text NOT NULL CHECK (length(currency) = 3),
  net_minor    bigint NOT NULL CHECK (net_minor >= 0),
  excise_minor bigint NOT NULL CHECK (excise_minor >= 0),
  vat_minor    bigint NOT NULL CHECK (vat_minor >= 0),
  total_minor  bigint NOT NULL CHECK (total_minor = net_minor + excise_minor + vat_minor),
  paid_minor   bigint NOT NULL DEFAULT 0 CHECK (paid_minor BETWEEN 0 AND total_minor),
  voided_at    timestamptz,
  void_reason  text,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT invoice_number_taken UNIQUE (tenant_id, number),
  CONSTRAINT invoice_issued_has_number CHECK (status = 'draft' OR number IS NOT NULL),
  CONSTRAINT invoice_paid_is_paid CHECK (status <> 'paid' OR paid_minor = total_minor),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES billing_run (tenant_id, id)
);
CALL app.tenant_table('invoice', 'SELECT, INSERT, UPDATE');
CALL app.account_table('invoice');
-- A service is invoiced once per period, however often a run is started.
CREATE UNIQUE INDEX invoice_once_per_period ON invoice (tenant_id, service_id, period_from)
  WHERE status <> 'void' AND service_id IS NOT NULL;
CREATE INDEX invoice_due ON invoice (tenant_id, status, due_at, id);
CREATE INDEX invoice_account ON invoice (tenant_id, account_id, due_at, id);

CREATE TABLE invoice_line (
  tenant_id    uuid NOT NULL,
  invoice_id   uuid NOT NULL,
  line         smallint NOT NULL,
  account_id   uuid NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('recurring', 'setup_fee', 'one_time')),
  title        text NOT NULL,
  period_from  date,
  period_until date,
  net_minor    bigint NOT NULL,
  excise_minor bigint NOT NULL,
  vat_minor    bigint NOT NULL,
  total_minor  bigint NOT NULL CHECK (total_minor = net_minor + excise_minor + vat_minor),
  PRIMARY KEY (tenant_id, invoice_id, line),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('invoice_line', 'SELECT, INSERT');
CALL app.account_table('invoice_line');

-- A service is on only while it has no active lock. An episode is one lock from set to lifted.
CREATE TABLE service_lock (
  tenant_id  uuid NOT NULL,
  id         uuid NOT NULL,
  service_id uuid NOT NULL,
  account_id uuid NOT NULL,
  reason     text NOT NULL CHECK (reason IN ('overdue', 'fup', 'prepaid', 'admin', 'customer_hold', 'fraud', 'system')),
  cause      text NOT NULL DEFAULT '',
  set_at     timestamptz NOT NULL,
  set_by     text NOT NULL,
  lifted_at  timestamptz,
  lifted_by  text,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('service_lock', 'SELECT, INSERT, UPDATE');
CALL app.account_table('service_lock');
CREATE UNIQUE INDEX service_lock_active ON service_lock (tenant_id, service_id, reason) WHERE lifted_at IS NULL;
CREATE INDEX service_lock_history ON service_lock (tenant_id, service_id, set_at);

-- Each reminder of an invoice is sent once.
CREATE TABLE invoice_reminder (
  tenant_id    uuid NOT NULL,
  invoice_id   uuid NOT NULL,
  account_id   uuid NOT NULL,
  hours_before smallint NOT NULL,
  sent_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id, hours_before),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('invoice_reminder', 'SELECT, INSERT');
CALL app.account_table('invoice_reminder');
