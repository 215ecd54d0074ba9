-- Living sessions by our own clock. A session lives while its reports come in; what a router's clock says about them is
-- kept for when it began and ended, and decides nothing.

-- An interim report opened this session: nobody knows what it was told before, so it is told again.
ALTER TABLE radius.acct_open ADD COLUMN is_found boolean NOT NULL DEFAULT false;
CREATE INDEX acct_open_found ON radius.acct_open (tenant_id) WHERE is_found;
COMMENT ON COLUMN radius.acct_open.updated_at IS 'when the last report came in, by our clock';

GRANT CREATE ON SCHEMA radius TO mtandao_radius_owner;

-- Moves living sessions to the ended ones and tells whoever listens. A session that was closed before under the same
-- start only grows. Without a time it ended with its last report.
CREATE OR REPLACE FUNCTION radius.close_sessions(
  p_tenant uuid, p_ids text[], p_at timestamptz, p_cause text, p_presumed boolean)
RETURNS integer
LANGUAGE plpgsql SET search_path = radius, pg_temp AS $$
DECLARE
  closed integer;
BEGIN
  WITH gone AS (DELETE FROM acct_open o WHERE o.tenant_id = p_tenant AND o.unique_id = ANY (p_ids) RETURNING o.*),
  stored AS (
    INSERT INTO acct AS a (tenant_id, unique_id, session_id, username, service_id, nas_id, nas_addr, nas_ip, port_id,
      started_at, updated_at, session_s, input_octets, output_octets, called_station, calling_station, framed_ip,
      delegated_prefix, stopped_at, terminate_cause, presumed)
    SELECT g.tenant_id, g.unique_id, g.session_id, g.username, g.service_id, g.nas_id, g.nas_addr, g.nas_ip, g.port_id,
      g.started_at, g.updated_at, g.session_s, g.input_octets, g.output_octets, g.called_station, g.calling_station,
      g.framed_ip, g.delegated_prefix, coalesce(p_at, GREATEST(g.updated_at, g.started_at)), p_cause, p_presumed
    FROM gone g
    ON CONFLICT (tenant_id, unique_id, started_at) DO UPDATE SET
      session_s = GREATEST(a.session_s, excluded.session_s),
      input_octets = GREATEST(a.input_octets, excluded.input_octets),
      output_octets = GREATEST(a.output_octets, excluded.output_octets),
      stopped_at = GREATEST(a.stopped_at, excluded.stopped_at), presumed = excluded.presumed
    RETURNING 1)
  SELECT count(pg_notify('radius_session', g.tenant_id || ':' || g.username || ':stop')) INTO closed FROM gone g;
  RETURN closed;
END $$;

-- A report about a session. Reports come twice, late and in the wrong order: each may be repeated, counters only grow,
-- and a session that has ended is not opened again by a report from before its end.
CREATE OR REPLACE FUNCTION radius.acct(
  p_status text, p_src text, p_uid text, p_sid text, p_user text, p_nas_ip text, p_port text, p_ts bigint,
  p_time bigint, p_in bigint, p_out bigint, p_called text, p_calling text, p_cause text, p_ip text, p_prefix text)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = radius, pg_temp AS $$
DECLARE
  n      nas;
  o      acct_open;
  c      acct;
  said   timestamptz := to_timestamp(p_ts);
  t      timestamptz := said;
  began  timestamptz;
  ip     inet := nullif(p_ip, '')::inet;
  prefix inet := nullif(p_prefix, '')::inet;
  again  boolean;
BEGIN
  SELECT * INTO n FROM nas WHERE addr = p_src::inet;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'No router has the address %.', p_src;
  END IF;
  -- A router's clock may be wrong, or a report may have waited for us: up to a day old is believed.
  IF t > now() + interval '5 minutes' OR t < now() - interval '1 day' THEN
    t := now();
  END IF;
  began := t - make_interval(secs => p_time);
  -- Start and Stop of one session at the same moment would not see each other's row.
  PERFORM pg_advisory_xact_lock(hashtextextended(n.tenant_id || p_uid, 0));
  -- A Start that is older than we believe may be one that we have had: a copy of it begins no session.
  IF p_status = 'Start' AND t <> said AND EXISTS (
    SELECT FROM acct_open x WHERE x.tenant_id = n.tenant_id AND x.unique_id = p_uid
      AND x.started_at BETWEEN said - interval '5 minutes' AND said + interval '5 minutes'
    UNION ALL
    SELECT FROM acct x WHERE x.tenant_id = n.tenant_id AND x.unique_id = p_uid
      AND x.started_at BETWEEN said - interval '5 minutes' AND said + interval '5 minutes')
  THEN
    RETURN 1;
  END IF;
  SELECT * INTO o FROM acct_open x WHERE x.tenant_id = n.tenant_id AND x.unique_id = p_uid;
  -- Routers count session ids from the start again after a crash: the old session is gone.
  again := FOUND AND p_status = 'Start' AND t > o.started_at + interval '5 minutes';
  IF again THEN
    PERFORM close_sessions(n.tenant_id, ARRAY[p_uid], NULL, 'Lost-Carrier', false);
  END IF;
  IF again OR o.unique_id IS NULL THEN
    SELECT * INTO c FROM acct x WHERE NOT again AND x.tenant_id = n.tenant_id AND x.unique_id = p_uid
      AND x.started_at BETWEEN began - interval '40 days' AND began + interval '1 day'
      AND x.stopped_at > began - interval '1 minute'
    ORDER BY x.started_at DESC LIMIT 1;
    -- A living session's own time grows, whatever its router's clock says; only a router that counts none is asked it.
    IF c.presumed AND p_status = 'Interim' AND (p_time > c.session_s OR (p_time = 0 AND t > c.stopped_at)) THEN
      -- We gave it up too early: it lives.
      DELETE FROM acct x WHERE x.tenant_id = c.tenant_id AND x.unique_id = c.unique_id AND x.started_at = c.started_at;
      began := c.started_at;
    ELSIF c.unique_id IS NOT NULL THEN
      UPDATE acct x SET session_s = GREATEST(x.session_s, p_time), input_octets = GREATEST(x.input_octets, p_in),
        output_octets = GREATEST(x.output_octets, p_out), framed_ip = coalesce(x.framed_ip, ip),
        delegated_prefix = coalesce(x.delegated_prefix, prefix),
        stopped_at = CASE WHEN x.presumed THEN GREATEST(x.stopped_at, t) ELSE x.stopped_at END,
        terminate_cause = CASE WHEN x.presumed AND p_status = 'Stop' THEN nullif(p_cause, '') ELSE x.terminate_cause END,
        presumed = x.presumed AND p_status <> 'Stop'
      WHERE x.tenant_id = c.tenant_id AND x.unique_id = c.unique_id AND x.started_at = c.started_at;
      RETURN 1;
    END IF;
    INSERT INTO acct_open (tenant_id, unique_id, session_id, username, service_id, nas_id, nas_addr, nas_ip, port_id,
      started_at, updated_at, session_s, input_octets, output_octets, called_station, calling_station, framed_ip,
      delegated_prefix, is_found)
    VALUES (n.tenant_id, p_uid, p_sid, p_user,
      (SELECT b.service_id FROM account b WHERE b.tenant_id = n.tenant_id AND b.username = p_user),
      n.id, n.addr, nullif(p_nas_ip, '')::inet, nullif(p_port, ''), began, now(), p_time, p_in, p_out,
      nullif(p_called, ''), nullif(p_calling, ''), ip, prefix, p_status = 'Interim');
    IF p_status <> 'Stop' THEN
      PERFORM pg_notify('radius_session', n.tenant_id || ':' || p_user || ':start');
    END IF;
  ELSE
    UPDATE acct_open x SET updated_at = now(), session_s = GREATEST(x.session_s, p_time),
      input_octets = GREATEST(x.input_octets, p_in), output_octets = GREATEST(x.output_octets, p_out),
      framed_ip = coalesce(ip, x.framed_ip), delegated_prefix = coalesce(prefix, x.delegated_prefix)
    WHERE x.tenant_id = n.tenant_id AND x.unique_id = p_uid;
  END IF;
  IF p_status = 'Stop' THEN
    PERFORM close_sessions(n.tenant_id, ARRAY[p_uid], t, nullif(p_cause, ''), false);
  END IF;
  RETURN 1;
END $$;

-- A router came up or goes down: the sessions that it had before are over. One without a battery says 1970 until it
-- has found the time; then it is now. The packet may be an old copy, so a session that reports on is opened again.
CREATE OR REPLACE FUNCTION radius.nas_reset(p_src text, p_ts bigint) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = radius, pg_temp AS $$
  SELECT coalesce(sum(close_sessions(s.tenant_id, s.ids, NULL, 'NAS-Reboot', true)), 0)::integer FROM (
    SELECT o.tenant_id, array_agg(o.unique_id) AS ids FROM nas n
    JOIN acct_open o ON o.tenant_id = n.tenant_id AND o.nas_id = n.id
    WHERE n.addr = p_src::inet AND o.started_at <= CASE
      WHEN to_timestamp(p_ts) BETWEEN timestamptz '2020-01-01 00:00:00Z' AND now() THEN to_timestamp(p_ts) ELSE now() END
    GROUP BY o.tenant_id) AS s
$$;

-- The services of the present tenant whose sessions were found by an interim report, each once: what they should have is
-- told to their routers again.
CREATE FUNCTION radius.take_found() RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = radius, pg_temp AS $$
  UPDATE acct_open SET is_found = false WHERE tenant_id = (SELECT app.current_tenant()) AND is_found RETURNING service_id
$$;

-- The router of the present tenant's session says that it has no such session: its Stop was lost, or is on its way.
CREATE FUNCTION radius.close_gone(p_uid text) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = radius, pg_temp AS $$
  SELECT close_sessions((SELECT app.current_tenant()), ARRAY[p_uid], NULL, 'Lost-Carrier', true)
$$;

REVOKE ALL ON FUNCTION radius.take_found(), radius.close_gone(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION radius.take_found(), radius.close_gone(text) TO mtandao_app;
ALTER FUNCTION radius.take_found() OWNER TO mtandao_radius_owner;
ALTER FUNCTION radius.close_gone(text) OWNER TO mtandao_radius_owner;
REVOKE CREATE ON SCHEMA radius FROM mtandao_radius_owner;
