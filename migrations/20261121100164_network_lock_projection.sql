-- A service is on only while it has no active lock. Whoever sets or lifts one, the projection that RADIUS asks follows
-- in the same transaction, so no code path can forget it.
CREATE FUNCTION radius.follow_locks() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  -- Two locks of one service that change at the same moment would not see each other: the second waits here, and the
  -- next statement sees what the first one did.
  PERFORM FROM service s WHERE s.tenant_id = NEW.tenant_id AND s.id = NEW.service_id FOR NO KEY UPDATE;
  UPDATE radius.account a SET locked = NOT a.locked
  WHERE a.tenant_id = NEW.tenant_id AND a.service_id = NEW.service_id
    AND a.locked <> EXISTS (SELECT FROM service_lock l WHERE l.tenant_id = NEW.tenant_id
                              AND l.service_id = NEW.service_id AND l.lifted_at IS NULL);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION radius.follow_locks() FROM PUBLIC;
CREATE TRIGGER service_lock_projected AFTER INSERT OR UPDATE ON service_lock
  FOR EACH ROW EXECUTE FUNCTION radius.follow_locks();
