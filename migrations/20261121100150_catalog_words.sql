-- The catalogue speaks with the words of the model, so that no list is translated on its way.

ALTER TABLE plan DROP CONSTRAINT plan_kind_check;
UPDATE plan SET kind = 'recurring' WHERE kind IN ('voice', 'tv');
ALTER TABLE plan ADD CONSTRAINT plan_kind_check
  CHECK (kind IN ('fibre', 'wireless', 'hotspot', 'recurring', 'one_time'));
ALTER TABLE plan ADD COLUMN description text CHECK (length(description) <= 500);

ALTER TABLE plan_version DROP CONSTRAINT plan_version_tax_class_check;
UPDATE plan_version SET tax_class = CASE tax_class WHEN 'standard' THEN 'excise_and_vat' WHEN 'zero' THEN 'exempt' ELSE tax_class END;
ALTER TABLE plan_version ALTER COLUMN tax_class SET DEFAULT 'excise_and_vat';
ALTER TABLE plan_version ADD CONSTRAINT plan_version_tax_class_check
  CHECK (tax_class IN ('excise_and_vat', 'vat_only', 'exempt'));

-- A rate belongs to a tax and a day; which taxes are on a price is said by the plan version.
DELETE FROM tax_rate WHERE tax_class <> 'standard';
ALTER TABLE tax_rate DROP COLUMN tax_class;
ALTER TABLE tax_rate ADD PRIMARY KEY (tenant_id, tax, valid_from);
