-- A code of six digits is guessed in a million tries, so it is bound to the browser that asked for it and dies after five
-- wrong ones. Links with long tokens have no request and count no tries.
ALTER TABLE password_reset ADD COLUMN request_hash bytea;
ALTER TABLE password_reset ADD COLUMN wrong_tries smallint NOT NULL DEFAULT 0 CHECK (wrong_tries BETWEEN 0 AND 5);
CREATE UNIQUE INDEX password_reset_request ON password_reset (tenant_id, request_hash) WHERE request_hash IS NOT NULL;
