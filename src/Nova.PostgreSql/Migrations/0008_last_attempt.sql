-- A delivery's last attempt, which for nearly every delivery is its only one, stands in the delivery's own row: AttemptBytes reads it.
-- Null where it ended without one, and in rows from before, whose last attempt is in attempts like those that were followed by others.
ALTER TABLE finished_deliveries ADD COLUMN last_attempt bytea;
