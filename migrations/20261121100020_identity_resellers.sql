-- Resellers, and the closure table by which a reseller's context sees its whole subtree with one look-up.

CREATE TABLE reseller (
  tenant_id      uuid NOT NULL REFERENCES tenant (id),
  id             uuid NOT NULL,
  parent_id      uuid,
  name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  msisdn         text,
  commission_bps integer NOT NULL DEFAULT 0 CHECK (commission_bps BETWEEN 0 AND 10000),
  created_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT reseller_name_taken UNIQUE (tenant_id, name),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES reseller (tenant_id, id)
);
CALL app.tenant_table('reseller');

CREATE TABLE reseller_closure (
  tenant_id     uuid NOT NULL,
  ancestor_id   uuid NOT NULL,
  descendant_id uuid NOT NULL,
  depth         integer NOT NULL CHECK (depth >= 0),
  PRIMARY KEY (tenant_id, ancestor_id, descendant_id),
  FOREIGN KEY (tenant_id, ancestor_id) REFERENCES reseller (tenant_id, id),
  FOREIGN KEY (tenant_id, descendant_id) REFERENCES reseller (tenant_id, id)
);
CALL app.tenant_table('reseller_closure', 'SELECT, INSERT, DELETE');
CREATE INDEX reseller_closure_descendant ON reseller_closure (tenant_id, descendant_id);

-- Siblings do not see one another: neither the reseller itself nor the pairs of the tree.
CREATE POLICY own_subtree ON reseller_closure AS RESTRICTIVE
  USING ((SELECT app.reseller_scope()) IS NULL OR ancestor_id = (SELECT app.reseller_scope()));
CREATE POLICY own_subtree ON reseller AS RESTRICTIVE
  USING ((SELECT app.reseller_scope()) IS NULL
         OR id IN (SELECT c.descendant_id FROM reseller_closure c WHERE c.ancestor_id = (SELECT app.reseller_scope())));

ALTER TABLE login ADD CONSTRAINT login_reseller FOREIGN KEY (tenant_id, reseller_id) REFERENCES reseller (tenant_id, id);
