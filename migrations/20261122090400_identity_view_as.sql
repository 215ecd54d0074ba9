-- A staff member who looks at a subscriber's portal as the subscriber does: why, since when, until when.
CREATE TABLE view_as (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL,
  staff_id    uuid NOT NULL,
  login_id    uuid NOT NULL,
  reason      text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
  -- Opens the portal once. Only its hash is kept.
  ticket_hash bytea NOT NULL,
  begun_at    timestamptz NOT NULL,
  until       timestamptz NOT NULL,
  entered_at  timestamptz,
  ended_at    timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT view_as_ticket UNIQUE (tenant_id, ticket_hash),
  FOREIGN KEY (tenant_id, staff_id) REFERENCES login (tenant_id, id),
  FOREIGN KEY (tenant_id, login_id) REFERENCES login (tenant_id, id)
);
CALL app.tenant_table('view_as', 'SELECT, INSERT, UPDATE');
CREATE INDEX view_as_login ON view_as (tenant_id, login_id, begun_at);
CREATE INDEX view_as_staff ON view_as (tenant_id, staff_id, begun_at);
