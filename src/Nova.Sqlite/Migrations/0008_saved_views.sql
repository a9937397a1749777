-- Filters of the delivery history under a name.
CREATE TABLE saved_views (
  environment_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  id BLOB NOT NULL,
  query TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (environment_id, name)
) STRICT, WITHOUT ROWID;
