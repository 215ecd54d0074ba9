-- Prepares an empty database for the migrations. Run by a login that may create extensions, once per database.
CREATE EXTENSION IF NOT EXISTS pgcrypto;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO mtandao_owner;
GRANT USAGE ON SCHEMA public TO mtandao_app, mtandao_platform, mtandao_radius, mtandao_radius_owner;
DO $$
BEGIN
  EXECUTE format('GRANT CREATE ON DATABASE %I TO mtandao_owner', current_database());
END $$;
