-- An operator of the platform may look at an ISP as its admin: the same view, with an operator in the place of the staff
-- member. Operators stand in schema platform, where no key of a tenant's table may point, so the name is kept here.
ALTER TABLE view_as ALTER COLUMN staff_id DROP NOT NULL;
ALTER TABLE view_as ADD COLUMN operator_id uuid;
ALTER TABLE view_as ADD COLUMN operator_name text CHECK (length(operator_name) BETWEEN 1 AND 120);
ALTER TABLE view_as ADD CONSTRAINT view_as_one_viewer
  CHECK (num_nonnulls(staff_id, operator_id) = 1 AND (operator_id IS NULL) = (operator_name IS NULL));
