-- A second factor while it is being set up: seed and recovery codes, sealed. The row goes when the person has kept the
-- codes, or ends by itself.
CREATE TABLE mfa_enrolment (
  tenant_id  uuid NOT NULL,
  login_id   uuid NOT NULL,
  sealed     bytea NOT NULL,
  confirmed  boolean NOT NULL DEFAULT false,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, login_id),
  FOREIGN KEY (tenant_id, login_id) REFERENCES login (tenant_id, id) ON DELETE CASCADE
);
CALL app.tenant_table('mfa_enrolment');
