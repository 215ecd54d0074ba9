-- The audit log is searched by who and by what was done, newest first.
CREATE INDEX audit_entry_actor ON audit_entry (tenant_id, actor_id, seq);
CREATE INDEX audit_entry_real_actor ON audit_entry (tenant_id, real_actor_id, seq) WHERE real_actor_id IS NOT NULL;
CREATE INDEX audit_entry_action ON audit_entry (tenant_id, action, seq);
CREATE INDEX audit_entry_at ON audit_entry (tenant_id, at, seq);
