-- Makes the roles of an installation. Run by a login that may create roles, against any database of the cluster,
-- before the database itself is made and migrated:
--   psql -f bootstrap.sql postgres
--   createdb -O mtandao_owner mtandao && psql -f database.sql mtandao
--   then each file of migrations/ in order, as mtandao_owner.
-- Passwords are set by the caller (ALTER ROLE … PASSWORD), never here. Running it twice changes nothing.
DO $$
DECLARE
  role record;
BEGIN
  FOR role IN SELECT * FROM (VALUES
    ('mtandao_owner',        'LOGIN BYPASSRLS'),      -- owns everything, runs migrations, never used by the server
    ('mtandao_app',          'LOGIN NOBYPASSRLS'),    -- owns nothing: every row it sees passed a policy
    ('mtandao_platform',     'LOGIN BYPASSRLS'),      -- work across tenants, in few modules, by name
    ('mtandao_radius',       'LOGIN NOBYPASSRLS'),    -- FreeRADIUS: may execute a handful of functions, reads no table
    ('mtandao_radius_owner', 'NOLOGIN BYPASSRLS')     -- owns those functions, has rights on schema radius only
  ) AS r(name, options)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role.name) THEN
      EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE', role.name, role.options);
    END IF;
  END LOOP;
END $$;
GRANT mtandao_radius_owner TO mtandao_owner;
-- A statement that runs away must not take the shop with it.
ALTER ROLE mtandao_app SET statement_timeout = '10s';
ALTER ROLE mtandao_app SET lock_timeout = '2s';
ALTER ROLE mtandao_app SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE mtandao_platform SET statement_timeout = '5min';
