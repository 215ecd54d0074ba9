-- What the slices of billing need beyond the first tables: the model's words, the receipt of a callback, reversals.

ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_kind_check;
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_kind_check
  CHECK (kind IN ('service', 'setup', 'equipment', 'deposit', 'discount', 'credit'));

-- An attempt that ended says how; only money that came in makes it paid.
ALTER TABLE payment_attempt DROP CONSTRAINT payment_attempt_state_check;
ALTER TABLE payment_attempt ADD CONSTRAINT payment_attempt_state_check
  CHECK (state IN ('created', 'sent', 'unknown', 'refused', 'cancelled', 'timed_out', 'failed', 'paid'));

-- One payment may be reported on two channels; the earlier report starts the measured time.
ALTER TABLE payment_callback ADD COLUMN receipt text;
CREATE INDEX payment_callback_receipt ON payment_callback (tenant_id, receipt) WHERE receipt IS NOT NULL;

-- A stray may be matched, taken back and matched again: each time is its own journal.
ALTER TABLE payment ADD COLUMN matched_count integer NOT NULL DEFAULT 0 CHECK (matched_count >= 0);

-- Which payment lifted a lock: a match that is taken back sets it again.
ALTER TABLE service_lock ADD COLUMN lifted_by_payment_id uuid;
ALTER TABLE service_lock ADD FOREIGN KEY (tenant_id, lifted_by_payment_id) REFERENCES payment (tenant_id, id);
CREATE INDEX service_lock_lifted_by ON service_lock (tenant_id, lifted_by_payment_id) WHERE lifted_by_payment_id IS NOT NULL;

-- The reseller whose wallet a posting on commission_payable belongs to.
ALTER TABLE posting ADD COLUMN reseller_id uuid;
ALTER TABLE posting ADD FOREIGN KEY (tenant_id, reseller_id) REFERENCES reseller (tenant_id, id);
CREATE INDEX posting_reseller ON posting (tenant_id, reseller_id) WHERE reseller_id IS NOT NULL;

-- A commission is taken back with its payment, and may be earned again.
ALTER TABLE commission ADD COLUMN clawed_back_at timestamptz;
ALTER TABLE commission DROP CONSTRAINT commission_once;
CREATE UNIQUE INDEX commission_once ON commission (tenant_id, payment_id, reseller_id, partner_id) NULLS NOT DISTINCT
  WHERE clawed_back_at IS NULL;
GRANT UPDATE (clawed_back_at) ON commission TO mtandao_app;

-- The desk and the figures read these.
CREATE INDEX payment_paid_at ON payment (tenant_id, paid_at);
CREATE INDEX payment_payer ON payment (tenant_id, payer_msisdn) WHERE payer_msisdn IS NOT NULL;
CREATE INDEX invoice_service ON invoice (tenant_id, service_id, period_from);
