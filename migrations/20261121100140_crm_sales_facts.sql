-- Sales and subscribers in the words of the screens: sources, coverage, the message of a lead, commissions by rule; the
-- state of a service since when; and the badge of services and subscribers, derived in one place.

ALTER TABLE building DROP CONSTRAINT building_coverage_check;
UPDATE building SET coverage = CASE coverage WHEN 'survey' THEN 'unknown' WHEN 'do_not_sell' THEN 'no_coverage' ELSE coverage END;
ALTER TABLE building ALTER COLUMN coverage SET DEFAULT 'unknown';
ALTER TABLE building ADD CONSTRAINT building_coverage_check
  CHECK (coverage IN ('unknown', 'sell', 'ports_full', 'no_coverage'));
-- The site that serves the building; sites belong to a context to the right, so there is no foreign key.
ALTER TABLE building ADD COLUMN site_id uuid;
CREATE INDEX unit_building ON unit (tenant_id, building_id);

ALTER TABLE referral_partner ADD COLUMN commission_kind text NOT NULL DEFAULT 'flat'
  CHECK (commission_kind IN ('share', 'flat'));
ALTER TABLE referral_partner ADD COLUMN commission_bps integer NOT NULL DEFAULT 0
  CHECK (commission_bps BETWEEN 0 AND 10000);
ALTER TABLE referral_partner ADD COLUMN is_active boolean NOT NULL DEFAULT true;

ALTER TABLE lead DROP CONSTRAINT lead_source_check;
UPDATE lead SET source = CASE source WHEN 'phone' THEN 'call' WHEN 'web' THEN 'website' WHEN 'referral' THEN 'subscriber' ELSE source END;
ALTER TABLE lead ADD CONSTRAINT lead_source_check
  CHECK (source IN ('whatsapp', 'sms', 'website', 'walk_in', 'call', 'subscriber', 'reseller', 'import'));
ALTER TABLE lead ADD COLUMN email text;
-- The message that the lead was made from, as it came.
ALTER TABLE lead ADD COLUMN message text CHECK (length(message) <= 4096);
-- The last move on the board. A move names the one it saw, so that two people do not move one card past each other.
ALTER TABLE lead ADD COLUMN moved_at timestamptz;
UPDATE lead SET moved_at = created_at;
ALTER TABLE lead ALTER COLUMN moved_at SET NOT NULL;
CREATE INDEX lead_created ON lead (tenant_id, created_at, id);
CREATE INDEX lead_partner ON lead (tenant_id, partner_id);
CREATE INDEX lead_subscriber ON lead (tenant_id, subscriber_id);

-- A lead's activities follow the lead: a reseller does not read those of others.
CREATE POLICY own_subtree ON lead_activity AS RESTRICTIVE
  USING ((SELECT app.reseller_scope()) IS NULL
         OR EXISTS (SELECT FROM lead l WHERE l.tenant_id = lead_activity.tenant_id AND l.id = lead_activity.lead_id));

ALTER TABLE subscriber ADD COLUMN msisdn_other text;
ALTER TABLE subscriber ADD COLUMN address text NOT NULL DEFAULT '';
ALTER TABLE subscriber ADD COLUMN kra_pin text;

-- Since when the service is in its state; the day it was made when it never changed.
ALTER TABLE service ADD COLUMN state_at timestamptz;

-- Suspended is active with a lock: derived here and nowhere else, so that lists can filter by it.
CREATE VIEW service_badge WITH (security_invoker = true) AS
SELECT s.tenant_id, s.id AS service_id, s.account_id, a.subscriber_id, s.plan_version_id, s.area, s.created_at,
       CASE WHEN s.state = 'active' AND EXISTS (
              SELECT FROM service_lock l
              WHERE l.tenant_id = s.tenant_id AND l.service_id = s.id AND l.lifted_at IS NULL)
            THEN 'suspended' ELSE s.state END AS badge
FROM service s JOIN account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id;
GRANT SELECT ON service_badge TO mtandao_app;

-- The badge of a subscriber is the best of the services', in the order of the array; without a service, pending.
CREATE VIEW subscriber_badge WITH (security_invoker = true) AS
SELECT s.tenant_id, s.id AS subscriber_id,
       coalesce((SELECT b.badge FROM service_badge b
                 WHERE b.tenant_id = s.tenant_id AND b.subscriber_id = s.id
                 ORDER BY array_position(ARRAY['active', 'suspended', 'installing', 'approved', 'pending', 'disconnected'], b.badge)
                 LIMIT 1), 'pending') AS badge
FROM subscriber s;
GRANT SELECT ON subscriber_badge TO mtandao_app;
