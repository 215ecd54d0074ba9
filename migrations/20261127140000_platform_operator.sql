-- The people who run the installation. They belong to no ISP, and only mtandao_platform reaches them: nothing that an ISP's
-- people can make the application do shows or changes an operator.

CREATE TABLE platform.operator (
  id            uuid PRIMARY KEY,
  name          text NOT NULL CHECK (name = lower(name) AND length(name) BETWEEN 3 AND 120),
  full_name     text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 120),
  password_hash text NOT NULL,
  state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked')),
  totp_secret   bytea,
  totp_step     bigint,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT operator_name_taken UNIQUE (name)
);
GRANT SELECT, INSERT, UPDATE ON platform.operator TO mtandao_platform;

-- A second factor while it is being set up, as mfa_enrolment is for people of an ISP.
CREATE TABLE platform.operator_enrolment (
  operator_id uuid PRIMARY KEY REFERENCES platform.operator (id),
  sealed      bytea NOT NULL,
  confirmed   boolean NOT NULL,
  expires_at  timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON platform.operator_enrolment TO mtandao_platform;

CREATE TABLE platform.operator_recovery_code (
  operator_id uuid NOT NULL REFERENCES platform.operator (id),
  code_hash   bytea NOT NULL,
  used_at     timestamptz,
  PRIMARY KEY (operator_id, code_hash)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON platform.operator_recovery_code TO mtandao_platform;

-- /setup makes the first operator and the first ISP in one transaction, which is the application's. So the application may
-- make an operator while there is none, in the transaction of the only ISP, and never again.
CREATE FUNCTION app.first_operator(id uuid, name text, full_name text, password_hash text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM platform.operator)
     OR (SELECT array_agg(t.id) FROM public.tenant t) IS DISTINCT FROM ARRAY[app.current_tenant()] THEN
    RAISE EXCEPTION 'the first operator is made with the first ISP' USING ERRCODE = 'MT001';
  END IF;
  INSERT INTO platform.operator (id, name, full_name, password_hash) VALUES ($1, $2, $3, $4);
END $$;
REVOKE ALL ON FUNCTION app.first_operator(uuid, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.first_operator(uuid, text, text, text) TO mtandao_app;
