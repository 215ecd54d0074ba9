-- Places, devices and how they hang together; which services hang below which device.

CREATE TABLE site (
  tenant_id  uuid NOT NULL REFERENCES tenant (id),
  id         uuid NOT NULL,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  county     text NOT NULL CHECK (length(county) BETWEEN 1 AND 60),
  latitude   double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude  double precision CHECK (longitude BETWEEN -180 AND 180),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT site_name_taken UNIQUE (tenant_id, name),
  CONSTRAINT site_place_is_whole CHECK ((latitude IS NULL) = (longitude IS NULL))
);
CALL app.tenant_table('site');

-- A device has one parent, so what fails above explains what fails below.
CREATE TABLE device (
  tenant_id   uuid NOT NULL REFERENCES tenant (id),
  id          uuid NOT NULL,
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  kind        text NOT NULL CHECK (kind IN ('router', 'switch', 'olt', 'splitter', 'onu', 'access_point', 'cpe', 'ups')),
  site_id     uuid,
  parent_id   uuid,
  address     inet,
  latitude    double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude   double precision CHECK (longitude BETWEEN -180 AND 180),
  state       text NOT NULL DEFAULT 'unknown'
              CHECK (state IN ('up', 'degraded', 'down', 'unreachable', 'maintenance', 'unknown')),
  state_since timestamptz NOT NULL,
  -- Who said so last: the name of a monitoring system, or a person.
  state_source text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT device_name_taken UNIQUE (tenant_id, name),
  CONSTRAINT device_is_not_its_own_parent CHECK (parent_id <> id),
  CONSTRAINT device_place_is_whole CHECK ((latitude IS NULL) = (longitude IS NULL)),
  FOREIGN KEY (tenant_id, site_id) REFERENCES site (tenant_id, id),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES device (tenant_id, id)
);
CALL app.tenant_table('device');
CREATE INDEX device_parent ON device (tenant_id, parent_id);
CREATE INDEX device_site ON device (tenant_id, site_id);

CREATE TABLE link (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  id        uuid NOT NULL,
  kind      text NOT NULL CHECK (kind IN ('fibre', 'radio', 'copper')),
  from_id   uuid NOT NULL,
  to_id     uuid NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT link_taken UNIQUE (tenant_id, from_id, to_id),
  CONSTRAINT link_has_two_ends CHECK (from_id <> to_id),
  FOREIGN KEY (tenant_id, from_id) REFERENCES device (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, to_id) REFERENCES device (tenant_id, id) ON DELETE CASCADE
);
CALL app.tenant_table('link');
CREATE INDEX link_to ON link (tenant_id, to_id);

-- What serves a building; a service in it that has no device of its own hangs there.
CREATE TABLE building_device (
  tenant_id   uuid NOT NULL,
  building_id uuid NOT NULL,
  device_id   uuid NOT NULL,
  PRIMARY KEY (tenant_id, building_id),
  FOREIGN KEY (tenant_id, building_id) REFERENCES building (tenant_id, id),
  FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id)
);
CALL app.tenant_table('building_device');
CREATE INDEX building_device_device ON building_device (tenant_id, device_id);

-- The device that a service hangs on.
CREATE TABLE service_device (
  tenant_id  uuid NOT NULL,
  service_id uuid NOT NULL,
  account_id uuid NOT NULL,
  device_id  uuid NOT NULL,
  PRIMARY KEY (tenant_id, service_id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id)
);
CALL app.tenant_table('service_device');
CALL app.account_table('service_device');
CREATE INDEX service_device_device ON service_device (tenant_id, device_id);
