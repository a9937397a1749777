-- Times are Unix microseconds. Ids are UUIDs of version 7, 16 bytes, big-endian, so that their order is the order in which they were made.
-- Keys begin with the environment. Enumerations are the numbers in src/Nova/Model.

-- Nodes: a row lives as long as its node does. AUTOINCREMENT: a number is never given twice, also not after its row has gone.
CREATE TABLE nodes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  heartbeat_at INTEGER NOT NULL
) STRICT;

CREATE TABLE envelopes (
  id INTEGER PRIMARY KEY,
  product TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (product, text)
) STRICT;

-- The directory. Every row carries the directory's version at which it was last written.
CREATE TABLE directory_version (
  version INTEGER NOT NULL
) STRICT;
INSERT INTO directory_version VALUES (0);

CREATE TABLE accounts (
  id BLOB PRIMARY KEY,
  product TEXT NOT NULL,
  external_id TEXT,
  name TEXT NOT NULL,
  plan TEXT,
  created_at INTEGER NOT NULL,
  limit_endpoints INTEGER,
  limit_custom_headers INTEGER,
  limit_requests_per_second INTEGER,
  version INTEGER NOT NULL,
  UNIQUE (product, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_version ON accounts (version);

CREATE TABLE environments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id BLOB NOT NULL,
  name INTEGER NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (account_id, name)
) STRICT;
CREATE INDEX environments_version ON environments (version);

CREATE TABLE api_keys (
  id BLOB PRIMARY KEY,
  environment_id INTEGER NOT NULL,
  name TEXT,
  sha256 BLOB NOT NULL,
  masked TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_version ON api_keys (version);

CREATE TABLE operator_keys (
  id BLOB PRIMARY KEY,
  name TEXT,
  sha256 BLOB NOT NULL,
  masked TEXT NOT NULL,
  scopes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX operator_keys_version ON operator_keys (version);

CREATE TABLE endpoints (
  environment_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  name TEXT,
  description TEXT,
  url TEXT NOT NULL,
  event_types TEXT NOT NULL,   -- a JSON array of texts
  headers BLOB,                -- sealed
  headers_key_id TEXT,
  secrets TEXT NOT NULL,       -- a JSON array, sealed bytes in base64
  enabled INTEGER NOT NULL,
  disabled_reason TEXT,
  disabled_at INTEGER,
  deleted_at INTEGER,
  generation INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX endpoints_version ON endpoints (version);

-- Only endpoints that fail have a row.
CREATE TABLE endpoint_health (
  environment_id INTEGER NOT NULL,
  endpoint_id BLOB NOT NULL,
  failed_in_a_row INTEGER NOT NULL,
  failing_since INTEGER,
  PRIMARY KEY (environment_id, endpoint_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX endpoint_health_worst ON endpoint_health (failed_in_a_row);

-- Publishing.
CREATE TABLE events (
  environment_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  publisher_id TEXT,
  type TEXT NOT NULL,
  tenant TEXT,
  occurred_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  envelope_id INTEGER NOT NULL,
  delivery_count INTEGER NOT NULL,
  is_test INTEGER NOT NULL,
  data BLOB NOT NULL,          -- the last column: a reader of the others does not walk through it
  PRIMARY KEY (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_type ON events (environment_id, type, id);
CREATE INDEX events_by_tenant ON events (environment_id, tenant, id) WHERE tenant IS NOT NULL;

-- The keys under which a publish may be repeated, and the way from a publisher's event id to the event.
CREATE TABLE publish_keys (
  environment_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  event_id BLOB,
  outside_id TEXT NOT NULL,
  delivery_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (environment_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX publish_keys_by_age ON publish_keys (created_at);

CREATE TABLE scores (
  id BLOB PRIMARY KEY,
  environment_id INTEGER NOT NULL,
  job_id TEXT NOT NULL,
  application_id TEXT NOT NULL,
  tenant TEXT,
  status INTEGER NOT NULL,
  outcome BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT, WITHOUT ROWID;

-- Deliveries that have not ended. A delivery that is leased when it is written and ends with its first attempt, as nearly all do,
-- enters one index besides the table; the others hold only those that wait.
CREATE TABLE open_deliveries (
  environment_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  event_id BLOB NOT NULL,
  endpoint_id BLOB NOT NULL,
  event_type TEXT NOT NULL,
  tenant TEXT,
  trigger INTEGER NOT NULL,
  replay_of BLOB,
  generation INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  status_code INTEGER,
  error TEXT,
  node INTEGER,                -- who holds its lease; NULL: it waits
  PRIMARY KEY (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_waiting ON open_deliveries (endpoint_id, due_at, environment_id, id) WHERE node IS NULL;
CREATE INDEX open_waiting_by_endpoint ON open_deliveries (environment_id, endpoint_id, id) WHERE node IS NULL;
CREATE INDEX open_leased ON open_deliveries (environment_id, id, node) WHERE node IS NOT NULL;
CREATE INDEX open_replays ON open_deliveries (environment_id, event_id, id) WHERE trigger = 1;

-- Deliveries that have ended: only ever appended to, and removed by retention.
CREATE TABLE finished_deliveries (
  environment_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  event_id BLOB NOT NULL,
  endpoint_id BLOB NOT NULL,
  event_type TEXT NOT NULL,
  tenant TEXT,
  trigger INTEGER NOT NULL,
  replay_of BLOB,
  generation INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  status_code INTEGER,
  error TEXT,
  PRIMARY KEY (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX finished_by_endpoint ON finished_deliveries (environment_id, endpoint_id, id);
CREATE INDEX finished_by_type ON finished_deliveries (environment_id, event_type, id);
CREATE INDEX finished_by_tenant ON finished_deliveries (environment_id, tenant, id) WHERE tenant IS NOT NULL;
CREATE INDEX finished_failed ON finished_deliveries (environment_id, id) WHERE state = 3;
CREATE INDEX finished_failed_by_endpoint ON finished_deliveries (environment_id, endpoint_id, id) WHERE state = 3;
CREATE INDEX finished_replays ON finished_deliveries (environment_id, event_id, id) WHERE trigger = 1;

CREATE TABLE attempts (
  environment_id INTEGER NOT NULL,
  delivery_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  status_code INTEGER,
  error TEXT,
  total_us INTEGER NOT NULL,
  dns_us INTEGER,
  connect_us INTEGER,
  tls_us INTEGER,
  first_byte_us INTEGER,
  body_truncated TEXT,
  repeated INTEGER NOT NULL,
  request_headers BLOB NOT NULL,
  response_headers BLOB NOT NULL,
  response_body BLOB NOT NULL,
  PRIMARY KEY (environment_id, delivery_id, number)
) STRICT, WITHOUT ROWID;

-- Requests of the HTTP interface that may be repeated.
CREATE TABLE idempotent_requests (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  reserved_at INTEGER NOT NULL,
  status_code INTEGER,         -- NULL: not answered yet
  body BLOB,
  body_key_id TEXT,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_requests_by_age ON idempotent_requests (reserved_at);
