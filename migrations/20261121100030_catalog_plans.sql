-- Plans and their versions. A price change is a new version from a date; what was sold stays as it was.

CREATE TABLE plan (
  tenant_id    uuid NOT NULL REFERENCES tenant (id),
  id           uuid NOT NULL,
  code         text NOT NULL CHECK (length(code) BETWEEN 1 AND 30),
  name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  kind         text NOT NULL CHECK (kind IN ('fibre', 'wireless', 'hotspot', 'voice', 'tv', 'one_time')),
  billing_mode text NOT NULL CHECK (billing_mode IN ('postpaid', 'prepaid')),
  period_unit  text NOT NULL DEFAULT 'month' CHECK (period_unit IN ('hour', 'day', 'week', 'month')),
  period_count integer NOT NULL DEFAULT 1 CHECK (period_count BETWEEN 1 AND 366),
  is_sold      boolean NOT NULL DEFAULT true,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT plan_code_taken UNIQUE (tenant_id, code)
);
CALL app.tenant_table('plan');

CREATE TABLE plan_version (
  tenant_id          uuid NOT NULL,
  id                 uuid NOT NULL,
  plan_id            uuid NOT NULL,
  valid_from         date NOT NULL,
  price_minor        bigint NOT NULL CHECK (price_minor >= 0),
  setup_fee_minor    bigint NOT NULL DEFAULT 0 CHECK (setup_fee_minor >= 0),
  currency           text NOT NULL CHECK (length(currency) = 3),
  tax_class          text NOT NULL DEFAULT 'standard' CHECK (tax_class IN ('standard', 'exempt', 'zero')),
  price_includes_tax boolean NOT NULL DEFAULT true,
  speed_down_kbps    integer NOT NULL CHECK (speed_down_kbps > 0),
  speed_up_kbps      integer NOT NULL CHECK (speed_up_kbps > 0),
  quota_bytes        bigint CHECK (quota_bytes > 0),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT plan_version_day_taken UNIQUE (tenant_id, plan_id, valid_from),
  FOREIGN KEY (tenant_id, plan_id) REFERENCES plan (tenant_id, id)
);
CALL app.tenant_table('plan_version', 'SELECT, INSERT');

-- Tax rates by day, in basis points: law changes, and an old invoice keeps the rate of its day.
CREATE TABLE tax_rate (
  tenant_id    uuid NOT NULL REFERENCES tenant (id),
  tax          text NOT NULL CHECK (tax IN ('vat', 'excise')),
  tax_class    text NOT NULL CHECK (tax_class IN ('standard', 'exempt', 'zero')),
  valid_from   date NOT NULL,
  basis_points integer NOT NULL CHECK (basis_points BETWEEN 0 AND 10000),
  PRIMARY KEY (tenant_id, tax, tax_class, valid_from)
);
CALL app.tenant_table('tax_rate', 'SELECT, INSERT');
