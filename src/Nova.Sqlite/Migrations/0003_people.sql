-- People: users, members, sessions, one-time tokens, attempts to sign in, and who did what. Of cookies and tokens there is the SHA-256 only.

CREATE TABLE users (
  id BLOB PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  is_operator INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX users_operators ON users (id) WHERE is_operator = 1;

-- user_id is null until the invitation is accepted.
CREATE TABLE members (
  id BLOB PRIMARY KEY,
  account_id BLOB NOT NULL,
  email TEXT NOT NULL,
  role INTEGER NOT NULL,
  user_id BLOB,
  created_at INTEGER NOT NULL,
  UNIQUE (account_id, email)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_user ON members (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE sessions (
  id BLOB PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE,
  previous_sha256 BLOB,
  previous_until INTEGER,
  user_id BLOB,
  link TEXT,
  csrf TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_previous ON sessions (previous_sha256) WHERE previous_sha256 IS NOT NULL;
CREATE INDEX sessions_user ON sessions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX sessions_end ON sessions (expires_at);

CREATE TABLE one_time_tokens (
  sha256 BLOB PRIMARY KEY,
  purpose INTEGER NOT NULL,
  subject BLOB NOT NULL,
  link TEXT,
  session_for INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_tokens_subject ON one_time_tokens (purpose, subject);
CREATE INDEX one_time_tokens_end ON one_time_tokens (expires_at);

CREATE TABLE sign_in_attempts (
  subject BLOB PRIMARY KEY,
  count INTEGER NOT NULL,
  started_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_attempts_start ON sign_in_attempts (started_at);

-- before and after are JSON objects. The time is that of the id.
CREATE TABLE audit_entries (
  id BLOB PRIMARY KEY,
  account_id BLOB,
  environment INTEGER,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  actor_name TEXT,
  action TEXT NOT NULL,
  target_kind TEXT NOT NULL,
  target_id TEXT,
  target_name TEXT,
  before TEXT,
  after TEXT,
  address TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_entries_account ON audit_entries (account_id, id) WHERE account_id IS NOT NULL;
