-- Built-in receivers of sandboxes, and the last requests that came to each.
CREATE TABLE inspectors (
  environment_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  token_sha256 BLOB NOT NULL UNIQUE,
  url TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (environment_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE inspected_requests (
  environment_id INTEGER NOT NULL,
  inspector_id BLOB NOT NULL,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  finding TEXT,
  detail TEXT,
  endpoint_id BLOB,
  headers BLOB NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (environment_id, inspector_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX inspected_requests_by_age ON inspected_requests (at);
