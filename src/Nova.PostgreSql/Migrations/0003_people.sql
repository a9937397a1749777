-- People: users, members, sessions, one-time tokens, attempts to sign in, and who did what. Small tables, copied to every shard like the
-- directory; only the audit log grows, by what people do. Of cookies and tokens there is the SHA-256 only.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text COLLATE "C" NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    is_operator boolean NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz
);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_operators ON users (id) WHERE is_operator;

-- user_id is null until the invitation is accepted.
CREATE TABLE members (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    email text COLLATE "C" NOT NULL,
    role smallint NOT NULL,
    user_id uuid REFERENCES users (id),
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX members_email ON members (account_id, email);
CREATE INDEX members_user ON members (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    sha256 bytea NOT NULL,
    previous_sha256 bytea,
    previous_until timestamptz,
    user_id uuid REFERENCES users (id),
    link jsonb,
    csrf text NOT NULL,
    created_at timestamptz NOT NULL,
    rotated_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX sessions_sha256 ON sessions (sha256);
CREATE INDEX sessions_previous ON sessions (previous_sha256) WHERE previous_sha256 IS NOT NULL;
CREATE INDEX sessions_user ON sessions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX sessions_end ON sessions (expires_at);

CREATE TABLE one_time_tokens (
    sha256 bytea PRIMARY KEY,
    purpose smallint NOT NULL,
    subject uuid NOT NULL,
    link jsonb,
    session_for interval NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX one_time_tokens_subject ON one_time_tokens (purpose, subject);
CREATE INDEX one_time_tokens_end ON one_time_tokens (expires_at);

CREATE TABLE sign_in_attempts (
    subject bytea PRIMARY KEY,
    count bigint NOT NULL,
    started_at timestamptz NOT NULL
);
CREATE INDEX sign_in_attempts_start ON sign_in_attempts (started_at);

-- before and after are JSON objects, kept as text so that they are shown as they were written. The time is that of the id.
CREATE TABLE audit_entries (
    id uuid PRIMARY KEY,
    account_id uuid,
    environment smallint,
    actor_kind text NOT NULL,
    actor_id text,
    actor_name text,
    action text COLLATE "C" NOT NULL,
    target_kind text NOT NULL,
    target_id text,
    target_name text,
    before text,
    after text,
    address text
);
CREATE INDEX audit_entries_account ON audit_entries (account_id, id) WHERE account_id IS NOT NULL;
