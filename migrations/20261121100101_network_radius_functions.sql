-- The questions of FreeRADIUS. Each takes the packet's source address, from which the tenant follows; each runs as
-- mtandao_radius_owner, which passes the policies of schema radius and has rights on nothing else.
GRANT CREATE ON SCHEMA radius TO mtandao_radius_owner;

-- A router's shared secret: "1|name|secret", where 1 means that it must send Message-Authenticator. No row: unknown.
CREATE FUNCTION radius.nas_secret(p_src text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = radius, pg_temp AS $$
  SELECT n.require_ma::int || '|' || n.id || '|' || unseal('nas:' || n.tenant_id || ':' || n.id, n.secret)
  FROM nas n WHERE n.addr = p_src::inet
$$;

-- What a login must prove. No rows: there is no such user at this router's ISP.
CREATE FUNCTION radius.auth_check(p_src text, p_user text, p_mac text)
RETURNS TABLE (id integer, username text, attribute text, value text, op text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = radius, pg_temp AS $$
DECLARE
  a account;
BEGIN
  SELECT b.* INTO a FROM nas n JOIN account b ON b.tenant_id = n.tenant_id AND b.username = p_user
  WHERE n.addr = p_src::inet;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY VALUES
    (1, p_user, 'Cleartext-Password', unseal('account:' || a.tenant_id || ':' || a.username, a.secret), ':='),
    (2, p_user, 'Simultaneous-Use', a.max_sessions::text, ':=');
  IF NOT a.enabled OR translate(a.mac::text, ':', '') <> regexp_replace(lower(p_mac), '[^0-9a-f]', '', 'g') THEN
    RETURN QUERY VALUES (3, p_user, 'Auth-Type', 'Reject', ':=');
  END IF;
END $$;

-- What an accepted login gets. A locked account keeps its address, so that lifting the lock can change the living
-- session (a router changes rate and address list of a session, never its address).
CREATE FUNCTION radius.auth_reply(p_src text, p_user text)
RETURNS TABLE (id integer, username text, attribute text, value text, op text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = radius, pg_temp AS $$
DECLARE
  a account;
  v text;
BEGIN
  SELECT n.vendor INTO v FROM nas n WHERE n.addr = p_src::inet;
  SELECT b.* INTO a FROM nas n JOIN account b ON b.tenant_id = n.tenant_id AND b.username = p_user
  WHERE n.addr = p_src::inet;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT r.id, p_user, r.attribute, r.value, ':=' FROM (VALUES
    (1, 'Class', a.service_id::text),
    (2, 'Acct-Interim-Interval', a.interim_s::text),
    (3, 'Framed-IP-Address', host(a.framed_ip)),
    (4, 'Framed-Pool', CASE WHEN a.framed_ip IS NULL THEN a.framed_pool END),
    (5, 'Delegated-IPv6-Prefix', a.delegated_prefix::text),
    -- A locked session ends within the hour, so that a missed change of authorization heals by itself.
    (6, 'Session-Timeout', CASE WHEN a.locked THEN LEAST(a.session_timeout_s, 3600) ELSE a.session_timeout_s END::text),
    (7, 'Mikrotik-Rate-Limit', CASE WHEN v = 'mikrotik' THEN CASE WHEN a.locked THEN a.walled_rate_limit ELSE a.rate_limit END END),
    (8, 'Mikrotik-Address-List', CASE WHEN v = 'mikrotik' AND a.locked THEN 'walled-garden' END),
    (9, 'Filter-Id', CASE WHEN v <> 'mikrotik' AND a.locked THEN 'walled-garden' END)
  ) AS r (id, attribute, value) WHERE r.value IS NOT NULL;
END $$;

-- How many sessions the user has, without the one that this very device had (it may redial) and without those that
-- have missed three reports.
CREATE FUNCTION radius.simul_count(p_src text, p_user text, p_mac text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = radius, pg_temp AS $$
  SELECT count(*) FROM nas n
  JOIN acct_open o ON o.tenant_id = n.tenant_id AND o.username = p_user
  LEFT JOIN account a ON a.tenant_id = o.tenant_id AND a.username = o.username
  WHERE n.addr = p_src::inet AND o.calling_station IS DISTINCT FROM nullif(p_mac, '')
    AND o.updated_at > now() - 3 * make_interval(secs => coalesce(a.interim_s, 300))
$$;

-- Moves living sessions to the ended ones and tells whoever listens. A session that was closed before under the same
-- start only grows.
CREATE FUNCTION radius.close_sessions(p_tenant uuid, p_ids text[], p_at timestamptz, p_cause text, p_presumed boolean)
RETURNS integer
LANGUAGE plpgsql SET search_path = radius, pg_temp AS $$
DECLARE
  closed integer;
BEGIN
  WITH gone AS (DELETE FROM acct_open o WHERE o.tenant_id = p_tenant AND o.unique_id = ANY (p_ids) RETURNING o.*),
  stored AS (
    INSERT INTO acct AS a SELECT g.*, coalesce(p_at, g.updated_at), p_cause, p_presumed FROM gone g
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
CREATE FUNCTION radius.acct(
  p_status text, p_src text, p_uid text, p_sid text, p_user text, p_nas_ip text, p_port text, p_ts bigint,
  p_time bigint, p_in bigint, p_out bigint, p_called text, p_calling text, p_cause text, p_ip text, p_prefix text)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = radius, pg_temp AS $$
DECLARE
  n      nas;
  o      acct_open;
  c      acct;
  t      timestamptz := to_timestamp(p_ts);
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
    IF c.presumed AND c.stopped_at < t AND p_status = 'Interim' THEN
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
      delegated_prefix)
    VALUES (n.tenant_id, p_uid, p_sid, p_user,
      (SELECT b.service_id FROM account b WHERE b.tenant_id = n.tenant_id AND b.username = p_user),
      n.id, n.addr, nullif(p_nas_ip, '')::inet, nullif(p_port, ''), began, t, p_time, p_in, p_out,
      nullif(p_called, ''), nullif(p_calling, ''), ip, prefix);
    IF p_status <> 'Stop' THEN
      PERFORM pg_notify('radius_session', n.tenant_id || ':' || p_user || ':start');
    END IF;
  ELSE
    UPDATE acct_open x SET updated_at = GREATEST(x.updated_at, t), session_s = GREATEST(x.session_s, p_time),
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
-- has found the time; then it is now.
CREATE FUNCTION radius.nas_reset(p_src text, p_ts bigint) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = radius, pg_temp AS $$
  SELECT coalesce(sum(close_sessions(s.tenant_id, s.ids, NULL, 'NAS-Reboot', false)), 0)::integer FROM (
    SELECT o.tenant_id, array_agg(o.unique_id) AS ids FROM nas n
    JOIN acct_open o ON o.tenant_id = n.tenant_id AND o.nas_id = n.id
    WHERE n.addr = p_src::inet AND o.started_at <= CASE
      WHEN to_timestamp(p_ts) BETWEEN now() - interval '1 day' AND now() THEN to_timestamp(p_ts) ELSE now() END
    GROUP BY o.tenant_id) AS s
$$;

-- A login that was refused.
CREATE FUNCTION radius.post_auth(p_src text, p_user text, p_reply text, p_mac text) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = radius, pg_temp AS $$
  INSERT INTO post_auth (tenant_id, username, reply, calling_station, nas_id)
  SELECT n.tenant_id, p_user, p_reply, nullif(p_mac, ''), n.id FROM nas n WHERE n.addr = p_src::inet
  RETURNING 1
$$;

-- Housekeeping, over all tenants: ends sessions that have missed three reports (a late report opens them again) and
-- forgets refused logins after p_keep_days. Returns how many sessions were ended.
CREATE FUNCTION radius.close_lost(p_keep_days integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = radius, pg_temp AS $$
  DELETE FROM post_auth WHERE at < now() - make_interval(days => p_keep_days);
  SELECT coalesce(sum(close_sessions(s.tenant_id, s.ids, NULL, 'Lost-Carrier', true)), 0)::integer FROM (
    SELECT o.tenant_id, array_agg(o.unique_id) AS ids FROM acct_open o
    LEFT JOIN account a ON a.tenant_id = o.tenant_id AND a.username = o.username
    WHERE o.updated_at < now() - 3 * make_interval(secs => coalesce(a.interim_s, 300))
    GROUP BY o.tenant_id) AS s
$$;

DO $$
DECLARE
  f regprocedure;
BEGIN
  FOREACH f IN ARRAY ARRAY[
    'radius.nas_secret(text)', 'radius.auth_check(text, text, text)', 'radius.auth_reply(text, text)',
    'radius.simul_count(text, text, text)', 'radius.nas_reset(text, bigint)', 'radius.post_auth(text, text, text, text)',
    'radius.acct(text, text, text, text, text, text, text, bigint, bigint, bigint, bigint, text, text, text, text, text)',
    'radius.close_sessions(uuid, text[], timestamptz, text, boolean)', 'radius.close_lost(integer)']::regprocedure[]
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    IF f::text NOT LIKE 'radius.close%' THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO mtandao_radius', f);
    END IF;
    EXECUTE format('ALTER FUNCTION %s OWNER TO mtandao_radius_owner', f);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION radius.close_lost(integer) TO mtandao_platform;
REVOKE CREATE ON SCHEMA radius FROM mtandao_radius_owner;
