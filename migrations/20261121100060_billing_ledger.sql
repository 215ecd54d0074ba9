-- The ledger: double entry, append-only, balanced at commit by a deferred constraint.

CREATE TABLE ledger_account (
  tenant_id uuid NOT NULL REFERENCES tenant (id),
  code      text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]{1,40}$'),
  kind      text NOT NULL CHECK (kind IN ('asset', 'liability', 'income', 'expense')),
  PRIMARY KEY (tenant_id, code)
);
CALL app.tenant_table('ledger_account', 'SELECT, INSERT');

CREATE TABLE journal (
  tenant_id   uuid NOT NULL REFERENCES tenant (id),
  id          uuid NOT NULL,
  kind        text NOT NULL,
  -- With the kind: the natural key of the money effect, so that it happens once.
  reference   text NOT NULL,
  at          timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  reverses_id uuid,
  actor_name  text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT journal_once UNIQUE (tenant_id, kind, reference),
  FOREIGN KEY (tenant_id, reverses_id) REFERENCES journal (tenant_id, id)
);
CALL app.tenant_table('journal', 'SELECT, INSERT');
CREATE INDEX journal_at ON journal (tenant_id, at, id);
CREATE UNIQUE INDEX journal_reversed_once ON journal (tenant_id, reverses_id) WHERE reverses_id IS NOT NULL;

-- Debit is positive, credit negative, in minor units.
CREATE TABLE posting (
  tenant_id    uuid NOT NULL,
  id           uuid NOT NULL,
  journal_id   uuid NOT NULL,
  ledger_code  text NOT NULL,
  account_id   uuid,
  amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
  currency     text NOT NULL CHECK (length(currency) = 3),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, journal_id) REFERENCES journal (tenant_id, id),
  FOREIGN KEY (tenant_id, ledger_code) REFERENCES ledger_account (tenant_id, code),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('posting', 'SELECT, INSERT');
CREATE INDEX posting_journal ON posting (tenant_id, journal_id);
CREATE INDEX posting_account ON posting (tenant_id, account_id, ledger_code) WHERE account_id IS NOT NULL;
CREATE INDEX posting_ledger ON posting (tenant_id, ledger_code);
-- A subscriber or reseller sees postings on own accounts, never the other side of the book.
CREATE POLICY own_accounts ON posting AS RESTRICTIVE
  USING ((SELECT app.account_scope()) IS NULL OR account_id = ANY ((SELECT app.account_scope())::uuid[]));
CREATE POLICY own_subtree ON posting AS RESTRICTIVE
  USING ((SELECT app.reseller_scope()) IS NULL
         OR EXISTS (SELECT FROM account a WHERE a.tenant_id = posting.tenant_id AND a.id = posting.account_id));

CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE ON posting FOR EACH ROW EXECUTE FUNCTION app.refuse_change();

-- Definer's rights, so that a context that sees only its own postings is still held to the whole journal's sum.
CREATE FUNCTION app.refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE wrong record;
BEGIN
  SELECT currency, sum(amount_minor) AS rest INTO wrong FROM posting
  WHERE tenant_id = NEW.tenant_id AND journal_id = NEW.journal_id GROUP BY currency HAVING sum(amount_minor) <> 0;
  IF FOUND THEN
    RAISE EXCEPTION 'journal % does not balance: % %', NEW.journal_id, wrong.rest, wrong.currency USING ERRCODE = 'MT002';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER posting_balances AFTER INSERT ON posting DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION app.refuse_unbalanced();

-- What an account owes (positive) or is ahead by (negative): the sum of its receivable postings, kept with each posting.
CREATE TABLE account_balance (
  tenant_id     uuid NOT NULL,
  account_id    uuid NOT NULL,
  balance_minor bigint NOT NULL,
  currency      text NOT NULL CHECK (length(currency) = 3),
  PRIMARY KEY (tenant_id, account_id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
CALL app.tenant_table('account_balance', 'SELECT, INSERT, UPDATE');
CALL app.account_table('account_balance');
CREATE INDEX account_balance_owing ON account_balance (tenant_id, balance_minor);
