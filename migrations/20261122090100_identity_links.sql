-- Whether a link is for somebody who forgot, or for the first password of somebody invited.
ALTER TABLE password_reset ADD COLUMN purpose text NOT NULL DEFAULT 'reset' CHECK (purpose IN ('reset', 'invite'));
