-- The sessions of the past: each line reconnects each night and uses what its plan and the day of the week let expect, the
-- same at every making. $1 the tenant, $2 the first moment that the simulated routers will report themselves. Walled-in
-- days have none.
INSERT INTO radius.acct (tenant_id, unique_id, session_id, username, service_id, nas_id, nas_addr, nas_ip, port_id,
  started_at, updated_at, session_s, input_octets, output_octets, framed_ip, delegated_prefix, stopped_at, terminate_cause)
SELECT a.tenant_id, md5(a.username || ':' || day), left(md5(a.username || ':' || day), 8), a.username, a.service_id,
  n.id, n.addr, n.addr, 'pppoe-demo', begun, ended, extract(epoch FROM ended - begun)::bigint, used / 8, used,
  a.framed_ip, a.delegated_prefix, ended, 'Session-Timeout'
FROM radius.account a
JOIN service s ON s.tenant_id = a.tenant_id AND s.id = a.service_id AND s.state = 'active'
JOIN plan_version v ON v.tenant_id = s.tenant_id AND v.id = s.plan_version_id
JOIN tenant t ON t.id = a.tenant_id
JOIN radius.nas n ON n.tenant_id = a.tenant_id
CROSS JOIN LATERAL generate_series(
  (s.activated_at AT TIME ZONE t.time_zone)::date + 1, ($2::timestamptz AT TIME ZONE t.time_zone)::date - 1, interval '1 day') AS day
CROSS JOIN LATERAL (SELECT
  -- Between 0 and 1: a household's own taste, and the chance of a day.
  (hashtext(a.username) & 1023) / 1023.0 AS taste, (hashtext(a.username || day) & 1023) / 1023.0 AS chance) AS drawn
CROSS JOIN LATERAL (SELECT
  (day AT TIME ZONE t.time_zone) + make_interval(secs => 60 + 840 * chance) AS begun,
  (day AT TIME ZONE t.time_zone) + interval '23 hours 59 minutes' AS ended,
  -- Kilobits a second, a fortieth of them on average over a day.
  (v.speed_down_kbps * 125.0 * 86400 / 40 * (0.4 + taste) * (0.6 + 0.8 * chance)
    * CASE WHEN extract(isodow FROM day) >= 6 THEN 1.4 ELSE 1 END)::bigint AS used) AS session
WHERE a.tenant_id = $1 AND NOT EXISTS (
  SELECT FROM service_lock l WHERE l.tenant_id = s.tenant_id AND l.service_id = s.id
    AND l.set_at < ended AND (l.lifted_at IS NULL OR l.lifted_at > begun))
