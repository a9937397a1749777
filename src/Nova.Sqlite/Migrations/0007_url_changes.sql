-- When an endpoint got another URL, the last time. Of changes before this one it is only known that there were some.
ALTER TABLE endpoints ADD COLUMN url_changed_at INTEGER;
UPDATE endpoints SET url_changed_at = updated_at WHERE updated_at > created_at;
