-- Money coming in: what we asked a payer's phone for, what providers reported, what was posted.

-- A request to a payer's phone. Persisted before the call, because a time-out does not tell whether it arrived.
CREATE TABLE payment_attempt (
  tenant_id           uuid NOT NULL,
  id                  uuid NOT NULL,
  account_id          uuid NOT NULL,
  gateway             text NOT NULL CHECK (gateway IN ('mpesa')),
  msisdn              text NOT NULL,
  amount_minor        bigint NOT NULL CHECK (amount_minor > 0),
  currency            text NOT NULL CHECK (length(currency) = 3),
  state               text NOT NULL CHECK (state IN ('created', 'sent', 'unknown', 'paid', 'failed')),
  merchant_request_id text,
  checkout_request_id text,
  result_code         text,
  result_text         text,
  asked_by            text NOT NULL,
  -- Real time: people wait for it.
  created_at          timestamptz NOT NULL DEFAULT now(),
  sent_at             timestamptz,
  finished_at         timestamptz,
  payment_id          uuid,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT payment_attempt_checkout UNIQUE (tenant_id, checkout_request_id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('payment_attempt', 'SELECT, INSERT, UPDATE');
CALL app.account_table('payment_attempt');
CREATE INDEX payment_attempt_account ON payment_attempt (tenant_id, account_id, created_at);
CREATE INDEX payment_attempt_open ON payment_attempt (tenant_id, state, created_at);

-- What a provider told us, word for word, before anything is done with it. A repetition finds its row and does nothing.
CREATE TABLE payment_callback (
  tenant_id    uuid NOT NULL REFERENCES tenant (id),
  id           uuid NOT NULL,
  gateway      text NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('stk', 'c2b_confirmation', 'unreadable')),
  reference    text NOT NULL,
  body         text NOT NULL,
  received_at  timestamptz NOT NULL,
  repeats      integer NOT NULL DEFAULT 0,
  outcome      text,
  processed_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT payment_callback_once UNIQUE (tenant_id, gateway, kind, reference)
);
CALL app.tenant_table('payment_callback', 'SELECT, INSERT, UPDATE');

CREATE TABLE payment (
  tenant_id    uuid NOT NULL REFERENCES tenant (id),
  id           uuid NOT NULL,
  number       text NOT NULL,
  -- Null while the money lies in suspense.
  account_id   uuid,
  gateway      text NOT NULL CHECK (gateway IN ('mpesa', 'cash', 'bank')),
  gateway_reference text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency     text NOT NULL CHECK (length(currency) = 3),
  payer_msisdn text,
  payer_name   text,
  bill_reference text,
  state        text NOT NULL CHECK (state IN ('posted', 'suspense', 'reversed')),
  suspense_reason text,
  paid_at      timestamptz NOT NULL,
  received_at  timestamptz NOT NULL DEFAULT now(),
  taken_by     text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT payment_number_taken UNIQUE (tenant_id, number),
  CONSTRAINT payment_once UNIQUE (tenant_id, gateway, gateway_reference),
  CONSTRAINT payment_posted_has_account CHECK (state <> 'posted' OR account_id IS NOT NULL),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('payment', 'SELECT, INSERT, UPDATE');
CALL app.account_table('payment');
CREATE INDEX payment_account ON payment (tenant_id, account_id, paid_at);
CREATE INDEX payment_state ON payment (tenant_id, state, received_at, id);
ALTER TABLE payment_attempt ADD FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id);

CREATE TABLE payment_allocation (
  tenant_id    uuid NOT NULL,
  payment_id   uuid NOT NULL,
  invoice_id   uuid NOT NULL,
  account_id   uuid NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  PRIMARY KEY (tenant_id, payment_id, invoice_id),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('payment_allocation', 'SELECT, INSERT, DELETE');
CALL app.account_table('payment_allocation');
CREATE INDEX payment_allocation_invoice ON payment_allocation (tenant_id, invoice_id);

-- From the first byte of the first callback to the packet that flows, in real time.
CREATE TABLE payment_timeline (
  tenant_id    uuid NOT NULL,
  payment_id   uuid NOT NULL,
  account_id   uuid NOT NULL,
  asked_at     timestamptz,
  callback_at  timestamptz NOT NULL,
  posted_at    timestamptz NOT NULL,
  unlocked_at  timestamptz,
  coa_sent_at  timestamptz,
  online_at    timestamptz,
  -- online: measured. ready: unlocked, but there was no session. was_on: nothing was locked.
  outcome      text CHECK (outcome IN ('online', 'ready', 'was_on')),
  method       text CHECK (method IN ('coa', 'disconnect')),
  PRIMARY KEY (tenant_id, payment_id),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('payment_timeline', 'SELECT, INSERT, UPDATE');
CALL app.account_table('payment_timeline');
CREATE INDEX payment_timeline_recent ON payment_timeline (tenant_id, callback_at);

-- What a reseller or referral partner earned by a payment; the journal has the money.
CREATE TABLE commission (
  tenant_id    uuid NOT NULL REFERENCES tenant (id),
  id           uuid NOT NULL,
  reseller_id  uuid,
  partner_id   uuid,
  account_id   uuid NOT NULL,
  payment_id   uuid NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency     text NOT NULL CHECK (length(currency) = 3),
  earned_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT commission_once UNIQUE NULLS NOT DISTINCT (tenant_id, payment_id, reseller_id, partner_id),
  CONSTRAINT commission_has_one_earner CHECK (num_nonnulls(reseller_id, partner_id) = 1),
  FOREIGN KEY (tenant_id, reseller_id) REFERENCES reseller (tenant_id, id),
  FOREIGN KEY (tenant_id, partner_id) REFERENCES referral_partner (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id)
);
CALL app.tenant_table('commission', 'SELECT, INSERT');
CALL app.account_table('commission');
CREATE INDEX commission_reseller ON commission (tenant_id, reseller_id, earned_at);
