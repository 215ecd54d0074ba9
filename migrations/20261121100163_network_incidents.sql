-- Incidents: one failure, however many alarms it raised. Business time: they are part of what was promised.

CREATE TABLE incident (
  tenant_id       uuid NOT NULL REFERENCES tenant (id),
  id              uuid NOT NULL,
  number          text NOT NULL,
  state           text NOT NULL CHECK (state IN ('open', 'acknowledged', 'recovered', 'closed')),
  -- The topmost device that failed.
  device_id       uuid NOT NULL,
  cause           text NOT NULL DEFAULT 'unknown'
                  CHECK (cause IN ('power', 'fibre_cut', 'equipment', 'upstream', 'maintenance', 'unknown')),
  opened_at       timestamptz NOT NULL,
  acknowledged_at timestamptz,
  recovered_at    timestamptz,
  closed_at       timestamptz,
  expected_at     timestamptz,
  owner_name      text,
  alarms          integer NOT NULL DEFAULT 0 CHECK (alarms >= 0),
  told            integer NOT NULL DEFAULT 0 CHECK (told >= 0),
  -- The incident that explained this one, found later.
  merged_into_id  uuid,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT incident_number_taken UNIQUE (tenant_id, number),
  CONSTRAINT incident_closed_when CHECK (state <> 'closed' OR closed_at IS NOT NULL),
  FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id),
  FOREIGN KEY (tenant_id, merged_into_id) REFERENCES incident (tenant_id, id)
);
CALL app.tenant_table('incident', 'SELECT, INSERT, UPDATE');
CREATE UNIQUE INDEX incident_once_per_device ON incident (tenant_id, device_id) WHERE state <> 'closed';
CREATE INDEX incident_list ON incident (tenant_id, state, opened_at, id);

-- The devices that alarmed as part of it.
CREATE TABLE incident_device (
  tenant_id   uuid NOT NULL,
  incident_id uuid NOT NULL,
  device_id   uuid NOT NULL,
  down_at     timestamptz NOT NULL,
  up_at       timestamptz,
  PRIMARY KEY (tenant_id, incident_id, device_id),
  FOREIGN KEY (tenant_id, incident_id) REFERENCES incident (tenant_id, id),
  FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id)
);
CALL app.tenant_table('incident_device');
CREATE INDEX incident_device_down ON incident_device (tenant_id, device_id) WHERE up_at IS NULL;

-- The services that it took off, as they were when it opened or grew.
CREATE TABLE incident_service (
  tenant_id   uuid NOT NULL,
  incident_id uuid NOT NULL,
  service_id  uuid NOT NULL,
  account_id  uuid NOT NULL,
  PRIMARY KEY (tenant_id, incident_id, service_id),
  FOREIGN KEY (tenant_id, incident_id) REFERENCES incident (tenant_id, id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('incident_service');
CALL app.account_table('incident_service');
CREATE INDEX incident_service_service ON incident_service (tenant_id, service_id);

CREATE TABLE incident_event (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL,
  incident_id uuid NOT NULL,
  at          timestamptz NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('opened', 'alarm', 'cleared', 'merged', 'acknowledged', 'cause', 'note',
                                            'told', 'recovered', 'reopened', 'closed')),
  facts       jsonb NOT NULL DEFAULT '{}',
  actor_name  text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, incident_id) REFERENCES incident (tenant_id, id)
);
CALL app.tenant_table('incident_event', 'SELECT, INSERT');
CREATE INDEX incident_event_list ON incident_event (tenant_id, incident_id, at, id);
