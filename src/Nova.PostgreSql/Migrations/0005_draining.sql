-- Since when a node is to take no new work.
ALTER TABLE nodes ADD COLUMN draining_since timestamptz;
