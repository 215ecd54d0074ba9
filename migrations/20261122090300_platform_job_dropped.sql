-- Work that failed for good and that a person decided not to do.
ALTER TABLE job DROP CONSTRAINT job_state_check;
ALTER TABLE job ADD CONSTRAINT job_state_check CHECK (state IN ('ready', 'running', 'done', 'dead', 'dropped'));
CREATE INDEX job_list ON job (tenant_id, state, id);
