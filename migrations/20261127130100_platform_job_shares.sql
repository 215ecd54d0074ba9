-- The worker takes the next work of each tenant: a tenant whose gateway hangs must not keep the others waiting.
CREATE INDEX job_share ON job (tenant_id, priority DESC, run_at, id) WHERE state IN ('ready', 'running');
