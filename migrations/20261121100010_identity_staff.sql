-- People who work for the ISP, what they may do, and how they prove who they are.

CREATE TABLE role (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  id        uuid NOT NULL,
  code      text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]{1,40}$'),
  name      text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  audience  text NOT NULL CHECK (audience IN ('staff', 'my', 'partner', 'platform')),
  built_in  boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT role_code_taken UNIQUE (tenant_id, code)
);
CALL app.tenant_table('role');

CREATE TABLE role_permission (
  tenant_id  uuid NOT NULL,
  role_id    uuid NOT NULL,
  permission text NOT NULL,
  PRIMARY KEY (tenant_id, role_id, permission),
  FOREIGN KEY (tenant_id, role_id) REFERENCES role (tenant_id, id) ON DELETE CASCADE
);
CALL app.tenant_table('role_permission');

-- One person with a login, of any audience. A login name is unique per tenant and audience.
CREATE TABLE login (
  tenant_id     uuid NOT NULL REFERENCES tenant (id),
  id            uuid NOT NULL,
  audience      text NOT NULL CHECK (audience IN ('staff', 'my', 'partner', 'platform')),
  name          text NOT NULL CHECK (name = lower(name) AND length(name) BETWEEN 3 AND 120),
  full_name     text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 120),
  phone         text,
  email         text,
  lang          text CHECK (lang IN ('en', 'sw')),
  password_hash text,
  state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked')),
  totp_secret   bytea,
  totp_step     bigint,
  reseller_id   uuid,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT login_name_taken UNIQUE (tenant_id, audience, name)
);
CALL app.tenant_table('login');

CREATE TABLE login_role (
  tenant_id uuid NOT NULL,
  login_id  uuid NOT NULL,
  role_id   uuid NOT NULL,
  PRIMARY KEY (tenant_id, login_id, role_id),
  FOREIGN KEY (tenant_id, login_id) REFERENCES login (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, role_id) REFERENCES role (tenant_id, id)
);
CALL app.tenant_table('login_role');
CREATE INDEX login_role_role ON login_role (tenant_id, role_id);

-- Ten one-time codes for the day the phone is lost.
CREATE TABLE recovery_code (
  tenant_id uuid NOT NULL,
  login_id  uuid NOT NULL,
  code_hash bytea NOT NULL,
  used_at   timestamptz,
  PRIMARY KEY (tenant_id, login_id, code_hash),
  FOREIGN KEY (tenant_id, login_id) REFERENCES login (tenant_id, id) ON DELETE CASCADE
);
CALL app.tenant_table('recovery_code');

-- A link or code that lets a person choose a new password once.
CREATE TABLE password_reset (
  tenant_id  uuid NOT NULL,
  login_id   uuid NOT NULL,
  token_hash bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  PRIMARY KEY (tenant_id, token_hash),
  FOREIGN KEY (tenant_id, login_id) REFERENCES login (tenant_id, id) ON DELETE CASCADE
);
CALL app.tenant_table('password_reset');
CREATE INDEX password_reset_login ON password_reset (tenant_id, login_id);
