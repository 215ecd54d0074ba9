-- Payments whose service waits for its router to dial again: the router was told to end the session, and the payment's
-- clock stops when accounting reports the next one. Real time.
CREATE TABLE reconnect (
  tenant_id  uuid NOT NULL,
  payment_id uuid NOT NULL,
  service_id uuid NOT NULL,
  account_id uuid NOT NULL,
  username   text NOT NULL,
  -- The session that was ended: its own late reports are not the new session.
  ended_session_id text NOT NULL,
  told_at    timestamptz NOT NULL,
  settled_at timestamptz,
  PRIMARY KEY (tenant_id, payment_id),
  FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('reconnect', 'SELECT, INSERT, UPDATE');
CALL app.account_table('reconnect');
CREATE INDEX reconnect_waiting ON reconnect (tenant_id, username) WHERE settled_at IS NULL;

-- Ends the sessions of the present tenant that have missed three reports (a late report opens them again), and forgets
-- refused logins after p_keep_days. Returns how many sessions were ended.
GRANT CREATE ON SCHEMA radius TO mtandao_radius_owner;
CREATE FUNCTION radius.close_lost_here(p_keep_days integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = radius, pg_temp AS $$
  DELETE FROM post_auth WHERE tenant_id = (SELECT app.current_tenant()) AND at < now() - make_interval(days => p_keep_days);
  SELECT coalesce(sum(close_sessions(s.tenant_id, s.ids, NULL, 'Lost-Carrier', true)), 0)::integer FROM (
    SELECT o.tenant_id, array_agg(o.unique_id) AS ids FROM acct_open o
    LEFT JOIN account a ON a.tenant_id = o.tenant_id AND a.username = o.username
    WHERE o.tenant_id = (SELECT app.current_tenant())
      AND o.updated_at < now() - 3 * make_interval(secs => coalesce(a.interim_s, 300))
    GROUP BY o.tenant_id) AS s
$$;
REVOKE ALL ON FUNCTION radius.close_lost_here(integer) FROM PUBLIC;
ALTER FUNCTION radius.close_lost_here(integer) OWNER TO mtandao_radius_owner;
GRANT EXECUTE ON FUNCTION radius.close_lost_here(integer) TO mtandao_app;
REVOKE CREATE ON SCHEMA radius FROM mtandao_radius_owner;
-- Making months in advance is harmless whoever asks for it, and a daily task of a tenant does.
GRANT EXECUTE ON FUNCTION radius.make_partitions(integer) TO mtandao_app;
