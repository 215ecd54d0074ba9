-- Messages out and in. What goes out stands here before a provider hears of it; what comes in stands here before
-- anything is made of it.

CREATE TABLE message (
  tenant_id    uuid NOT NULL REFERENCES tenant (id),
  id           uuid NOT NULL,
  channel      text NOT NULL CHECK (channel IN ('sms', 'whatsapp', 'email')),
  kind         text NOT NULL,
  account_id   uuid,
  recipient    text NOT NULL CHECK (length(recipient) BETWEEN 3 AND 254),
  lang         text NOT NULL CHECK (lang IN ('en', 'sw')),
  subject      text,
  body         text NOT NULL CHECK (length(body) BETWEEN 1 AND 4096),
  state        text NOT NULL CHECK (state IN ('queued', 'unknown', 'sent', 'failed', 'delivered', 'read')),
  dedupe_key   text NOT NULL,
  provider_id  text,
  -- How many SMS it cost, as the network counts them.
  parts        integer,
  cost_text    text,
  error        text,
  created_at   timestamptz NOT NULL,
  -- Real time. Set before the provider is asked: after a crash it says that the outcome is not known.
  attempted_at timestamptz,
  sent_at      timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT message_once UNIQUE (tenant_id, channel, dedupe_key),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('message', 'SELECT, INSERT, UPDATE');
CALL app.account_table('message');
CREATE INDEX message_list ON message (tenant_id, created_at, id);
-- Delivery reports name the provider's id.
CREATE INDEX message_provider_id ON message (tenant_id, channel, provider_id);
CREATE INDEX message_account ON message (tenant_id, account_id, created_at);

CREATE TABLE inbound_message (
  tenant_id   uuid NOT NULL REFERENCES tenant (id),
  id          uuid NOT NULL,
  provider    text NOT NULL CHECK (provider IN ('sms', 'whatsapp')),
  -- The provider's id, or a digest of the bytes when they could not be read.
  provider_id text NOT NULL,
  sender      text NOT NULL DEFAULT '',
  sender_name text,
  body        text NOT NULL,
  state       text NOT NULL CHECK (state IN ('received', 'lead', 'inbox', 'handled', 'unreadable')),
  received_at timestamptz NOT NULL,
  repeats     integer NOT NULL DEFAULT 0,
  lead_id     uuid,
  account_id  uuid,
  reply_id    uuid,
  handled_at  timestamptz,
  handled_by  text,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT inbound_message_once UNIQUE (tenant_id, provider, provider_id),
  FOREIGN KEY (tenant_id, lead_id) REFERENCES lead (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, reply_id) REFERENCES message (tenant_id, id)
);
CALL app.tenant_table('inbound_message', 'SELECT, INSERT, UPDATE');
CALL app.account_table('inbound_message');
CREATE INDEX inbound_message_list ON inbound_message (tenant_id, received_at, id);
CREATE INDEX inbound_message_state ON inbound_message (tenant_id, state, received_at);
