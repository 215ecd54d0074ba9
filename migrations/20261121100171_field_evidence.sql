-- What happened on a work order, and the files that prove it.

CREATE TABLE work_order_event (
  tenant_id     uuid NOT NULL,
  id            uuid NOT NULL,
  work_order_id uuid NOT NULL,
  account_id    uuid NOT NULL,
  at            timestamptz NOT NULL,
  status        text NOT NULL CHECK (status IN ('pending', 'scheduled', 'en_route', 'on_site', 'waiting_parts',
                                                'waiting_customer', 'completed', 'follow_up', 'cancelled')),
  note          text,
  actor_name    text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, work_order_id) REFERENCES work_order (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('work_order_event', 'SELECT, INSERT');
CALL app.account_table('work_order_event');
CREATE INDEX work_order_event_order ON work_order_event (tenant_id, work_order_id, at, id);

CREATE TABLE evidence (
  tenant_id     uuid NOT NULL,
  id            uuid NOT NULL,
  work_order_id uuid NOT NULL,
  account_id    uuid NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('photo', 'signature')),
  file_id       uuid NOT NULL,
  -- The same picture sent twice over a bad link is one piece of evidence.
  sha256        bytea NOT NULL,
  at            timestamptz NOT NULL,
  actor_name    text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT evidence_once UNIQUE (tenant_id, work_order_id, kind, sha256),
  FOREIGN KEY (tenant_id, work_order_id) REFERENCES work_order (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, file_id) REFERENCES file (tenant_id, id)
);
CALL app.tenant_table('evidence', 'SELECT, INSERT');
CALL app.account_table('evidence');
CREATE INDEX evidence_file ON evidence (tenant_id, file_id);
