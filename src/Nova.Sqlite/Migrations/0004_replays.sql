-- Replays of many deliveries. A job that runs is held by a node, as a lease is; cursor is the last delivery or event that it has dealt with.
CREATE TABLE replay_jobs (
  environment_id INTEGER NOT NULL,
  id BLOB NOT NULL,
  key TEXT NOT NULL,
  selection TEXT NOT NULL,     -- JSON, which only the engine reads
  rate INTEGER NOT NULL,       -- deliveries per second
  state INTEGER NOT NULL,
  reason TEXT,
  matching INTEGER NOT NULL,
  matching_is_least INTEGER NOT NULL,
  done INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  cursor BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  node INTEGER,                -- who works on it; NULL, or a node that is gone: nobody
  PRIMARY KEY (environment_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX replay_jobs_running ON replay_jobs (environment_id, key) WHERE state = 0;
CREATE INDEX replay_jobs_ended ON replay_jobs (finished_at) WHERE finished_at IS NOT NULL;
