-- Figures: how many, how fast, how often. Spans: 0 minute, 1 hour, 2 day; a row is of the span that begins at its time, in UTC.

-- Sums of group commits, written in their transactions, until they are added to the tables below.
CREATE TABLE pending_figures (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;

-- Environment 0 is all of them together.
CREATE TABLE figures (
  environment_id INTEGER NOT NULL,
  span INTEGER NOT NULL,
  at INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  retried INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  attempts_failed INTEGER NOT NULL,
  latency_us INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  requests_failed INTEGER NOT NULL,
  requests_us INTEGER NOT NULL,
  scores_completed INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  latency BLOB NOT NULL,       -- the histogram, as FiguresWriter writes it
  PRIMARY KEY (environment_id, span, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE endpoint_figures (
  environment_id INTEGER NOT NULL,
  span INTEGER NOT NULL,
  at INTEGER NOT NULL,
  endpoint_id BLOB NOT NULL,
  delivered INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  attempts_failed INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (environment_id, span, at, endpoint_id)
) STRICT, WITHOUT ROWID;

-- Failures by cause, per hour. A cause is an HTTP status, or below 100 an attempt's outcome.
CREATE TABLE failure_figures (
  environment_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  endpoint_id BLOB NOT NULL,
  cause INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  example_id BLOB NOT NULL,
  example_ended INTEGER NOT NULL,
  PRIMARY KEY (environment_id, at, endpoint_id, cause)
) STRICT, WITHOUT ROWID;

-- Why a delivery failed. Its indexes hold failures only, so that a delivery that succeeds pays for none of them.
ALTER TABLE finished_deliveries ADD COLUMN cause INTEGER;
CREATE INDEX finished_failed_by_cause ON finished_deliveries (environment_id, cause, id) WHERE state = 3;
CREATE INDEX finished_failed_by_type ON finished_deliveries (environment_id, event_type, id) WHERE state = 3;
CREATE INDEX finished_failed_by_tenant ON finished_deliveries (environment_id, tenant, id) WHERE state = 3;
