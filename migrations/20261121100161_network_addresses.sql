-- Routers that ask RADIUS, and the addresses that services have. Schema radius has a projection of the routers.

CREATE TABLE nas (
  tenant_id  uuid NOT NULL REFERENCES tenant (id),
  id         uuid NOT NULL,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  address    inet NOT NULL CHECK (masklen(address) = CASE family(address) WHEN 4 THEN 32 ELSE 128 END),
  vendor     text NOT NULL CHECK (vendor IN ('mikrotik', 'cisco', 'juniper', 'huawei', 'accel', 'generic')),
  -- Sealed by the tenant's data key: commands to the router are signed with it.
  secret     bytea NOT NULL,
  coa_port   integer NOT NULL CHECK (coa_port BETWEEN 1 AND 65535),
  requires_message_authenticator boolean NOT NULL DEFAULT true,
  site_id    uuid,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT nas_name_taken UNIQUE (tenant_id, name),
  FOREIGN KEY (tenant_id, site_id) REFERENCES site (tenant_id, id)
);
CALL app.tenant_table('nas');
CREATE INDEX nas_site ON nas (tenant_id, site_id);

CREATE TABLE pool (
  tenant_id        uuid NOT NULL REFERENCES tenant (id),
  id               uuid NOT NULL,
  name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  kind             text NOT NULL CHECK (kind IN ('v4', 'v6_delegated')),
  network          cidr NOT NULL,
  gateway          inet,
  delegated_length smallint CHECK (delegated_length BETWEEN 1 AND 64),
  site_id          uuid,
  created_at       timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT pool_name_taken UNIQUE (tenant_id, name),
  CONSTRAINT pool_kind_fits CHECK (
    (kind = 'v4' AND family(network) = 4 AND delegated_length IS NULL)
    OR (kind = 'v6_delegated' AND family(network) = 6 AND gateway IS NULL
        AND delegated_length IS NOT NULL AND delegated_length >= masklen(network))),
  CONSTRAINT pool_gateway_inside CHECK (gateway IS NULL OR gateway << network),
  FOREIGN KEY (tenant_id, site_id) REFERENCES site (tenant_id, id)
);
CALL app.tenant_table('pool');
CREATE INDEX pool_site ON pool (tenant_id, site_id);

-- Who has an address, and who had it: rows are released, never deleted. Real time, as in accounting.
CREATE TABLE allocation (
  tenant_id    uuid NOT NULL,
  id           uuid NOT NULL,
  pool_id      uuid NOT NULL,
  service_id   uuid NOT NULL,
  account_id   uuid NOT NULL,
  network      cidr NOT NULL,
  family       smallint NOT NULL CHECK (family = family(network)),
  allocated_at timestamptz NOT NULL,
  released_at  timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT allocation_ends_after_its_beginning CHECK (released_at >= allocated_at),
  FOREIGN KEY (tenant_id, pool_id) REFERENCES pool (tenant_id, id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('allocation', 'SELECT, INSERT, UPDATE');
CALL app.account_table('allocation');
CREATE UNIQUE INDEX allocation_network_taken ON allocation (tenant_id, network) WHERE released_at IS NULL;
CREATE UNIQUE INDEX allocation_service_has_one ON allocation (tenant_id, service_id, family) WHERE released_at IS NULL;
CREATE INDEX allocation_history ON allocation (tenant_id, network, allocated_at);
CREATE INDEX allocation_service ON allocation (tenant_id, service_id, allocated_at);
CREATE INDEX allocation_pool ON allocation (tenant_id, pool_id) WHERE released_at IS NULL;
