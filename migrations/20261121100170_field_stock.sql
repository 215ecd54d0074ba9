-- Equipment by serial: a piece is in one place and one state.

CREATE TABLE warehouse (
  tenant_id  uuid NOT NULL REFERENCES tenant (id),
  id         uuid NOT NULL,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT warehouse_name_taken UNIQUE (tenant_id, name)
);
CALL app.tenant_table('warehouse');

-- One visit of a technician. What was measured and signed there is the evidence that completes it.
CREATE TABLE work_order (
  tenant_id         uuid NOT NULL REFERENCES tenant (id),
  id                uuid NOT NULL,
  number            text NOT NULL,
  kind              text NOT NULL CHECK (kind IN ('installation', 'repair', 'relocation', 'removal', 'survey')),
  status            text NOT NULL CHECK (status IN ('pending', 'scheduled', 'en_route', 'on_site', 'waiting_parts',
                                                    'waiting_customer', 'completed', 'follow_up', 'cancelled')),
  account_id        uuid NOT NULL,
  service_id        uuid NOT NULL,
  assigned_to       uuid,
  slot_from         timestamptz,
  slot_until        timestamptz,
  -- What stands on the label of the device that was installed or taken away.
  serial            text,
  signal_tenths_dbm smallint CHECK (signal_tenths_dbm BETWEEN -500 AND 100),
  no_photo_reason   text,
  -- The customer's name typed in place of a drawn signature.
  signed_name       text CHECK (length(signed_name) BETWEEN 1 AND 120),
  note              text NOT NULL DEFAULT '',
  created_at        timestamptz NOT NULL,
  completed_at      timestamptz,
  version           integer NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT work_order_number_taken UNIQUE (tenant_id, number),
  CONSTRAINT work_order_slot CHECK (slot_until > slot_from),
  CONSTRAINT work_order_planned CHECK (status NOT IN ('scheduled', 'en_route', 'on_site')
                                       OR (assigned_to IS NOT NULL AND slot_from IS NOT NULL)),
  CONSTRAINT work_order_completed_when CHECK (status NOT IN ('completed', 'follow_up') OR completed_at IS NOT NULL),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
  FOREIGN KEY (tenant_id, assigned_to) REFERENCES login (tenant_id, id)
);
CALL app.tenant_table('work_order', 'SELECT, INSERT, UPDATE');
CALL app.account_table('work_order');
CREATE INDEX work_order_list ON work_order (tenant_id, status, slot_from, id);
CREATE INDEX work_order_technician ON work_order (tenant_id, assigned_to, slot_from);
CREATE INDEX work_order_service ON work_order (tenant_id, service_id);
-- A service has one installation under way, however often its approval is heard of.
CREATE UNIQUE INDEX work_order_one_installation ON work_order (tenant_id, service_id)
  WHERE kind = 'installation' AND status NOT IN ('completed', 'cancelled');

CREATE TABLE stock_item (
  tenant_id     uuid NOT NULL REFERENCES tenant (id),
  id            uuid NOT NULL,
  serial        text NOT NULL CHECK (serial ~ '^[A-Z0-9]{4,40}$'),
  kind          text NOT NULL CHECK (kind IN ('onu', 'router', 'radio', 'switch', 'set_top_box', 'other')),
  product       text NOT NULL CHECK (length(product) BETWEEN 1 AND 80),
  mac           text,
  state         text NOT NULL CHECK (state IN ('in_stock', 'assigned', 'installed', 'returned', 'repair', 'retired')),
  warehouse_id  uuid NOT NULL,
  work_order_id uuid,
  -- Who carries it: the technician of the work order.
  held_by       uuid,
  account_id    uuid,
  service_id    uuid,
  -- When it came into its state.
  since         timestamptz NOT NULL,
  version       integer NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT stock_item_serial_taken UNIQUE (tenant_id, serial),
  CONSTRAINT stock_item_mac_taken UNIQUE (tenant_id, mac),
  CONSTRAINT stock_item_reserved_for CHECK (state <> 'assigned' OR work_order_id IS NOT NULL),
  CONSTRAINT stock_item_installed_at CHECK (state <> 'installed' OR service_id IS NOT NULL),
  FOREIGN KEY (tenant_id, warehouse_id) REFERENCES warehouse (tenant_id, id),
  FOREIGN KEY (tenant_id, work_order_id) REFERENCES work_order (tenant_id, id),
  FOREIGN KEY (tenant_id, held_by) REFERENCES login (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id)
);
CALL app.tenant_table('stock_item', 'SELECT, INSERT, UPDATE');
CALL app.account_table('stock_item');
CREATE INDEX stock_item_list ON stock_item (tenant_id, state, since, id);
CREATE INDEX stock_item_work_order ON stock_item (tenant_id, work_order_id);
CREATE INDEX stock_item_service ON stock_item (tenant_id, service_id);
