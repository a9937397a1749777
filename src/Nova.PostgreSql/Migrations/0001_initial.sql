-- Every key of a table that grows with traffic contains environment_id, so that those tables can be distributed by it (Citus and its like);
-- nodes, envelopes and the directory are small and are copied to every shard there.
-- Text is compared by bytes (COLLATE "C"): nothing here is sorted for people, and a library upgrade cannot reorder an index.

-- Nodes ----------------------------------------------------------------------------------------------------------

CREATE TABLE nodes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- Never reused: the fencing rests on it.
    name text NOT NULL,
    started_at timestamptz NOT NULL,
    heartbeat_at timestamptz NOT NULL
) WITH (fillfactor = 50); -- A heartbeat's new row fits beside the old one and touches no index.

-- Refuses a dead node's write, and keeps a living one from being declared dead until that write is committed.
-- KEY SHARE goes together with the heartbeat's update, but not with the delete that declares a node dead.
CREATE FUNCTION nova_hold_node(integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM nodes WHERE id = $1 FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Node % was declared dead.', $1 USING ERRCODE = 'NV001';
    END IF;
END
$$;

-- The directory --------------------------------------------------------------------------------------------------

-- One row. Every save updates it first and so waits for the one before: versions are seen in the order in which they were committed,
-- and what a save checks cannot change under it.
CREATE TABLE directory_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO directory_version (version) VALUES (0);

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    product text COLLATE "C" NOT NULL,
    external_id text COLLATE "C",
    name text NOT NULL,
    plan text,
    endpoint_limit integer,
    custom_header_limit integer,
    requests_per_second integer,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX accounts_external_id ON accounts (product, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX accounts_version ON accounts (version);

CREATE TABLE environments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    name smallint NOT NULL,
    version bigint NOT NULL,
    UNIQUE (account_id, name)
);
CREATE INDEX environments_version ON environments (version);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    environment_id integer NOT NULL REFERENCES environments (id),
    name text,
    sha256 bytea NOT NULL UNIQUE,
    masked text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX api_keys_version ON api_keys (version);

CREATE TABLE operator_keys (
    id uuid PRIMARY KEY,
    name text,
    sha256 bytea NOT NULL UNIQUE,
    masked text NOT NULL,
    scopes smallint NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX operator_keys_version ON operator_keys (version);

CREATE TABLE endpoints (
    id uuid PRIMARY KEY,
    environment_id integer NOT NULL REFERENCES environments (id),
    name text,
    description text,
    url text NOT NULL,
    event_types text[] COLLATE "C" NOT NULL,
    headers_key_id text, -- Null where it has no headers.
    headers bytea,
    secrets jsonb NOT NULL, -- Sealed, the newest first: [{"key": master key's id, "bytes": base64, "created": time, "expires": time or absent}].
    enabled boolean NOT NULL,
    disabled_reason text,
    disabled_at timestamptz,
    deleted_at timestamptz,
    generation integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX endpoints_environment ON endpoints (environment_id) WHERE deleted_at IS NULL;
CREATE INDEX endpoints_version ON endpoints (version);

-- Only endpoints that fail have a row: a success deletes it.
CREATE TABLE endpoint_health (
    environment_id integer NOT NULL,
    endpoint_id uuid NOT NULL,
    failed_in_a_row integer NOT NULL,
    failing_since timestamptz NOT NULL,
    PRIMARY KEY (environment_id, endpoint_id)
) WITH (fillfactor = 50);

-- Events ---------------------------------------------------------------------------------------------------------

CREATE TABLE envelopes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product text COLLATE "C" NOT NULL,
    sha256 bytea NOT NULL, -- Of the text, which may be longer than an index row.
    text text NOT NULL,
    UNIQUE (product, sha256)
);

-- Partitioned by day: ids are version 7 UUIDs, so a day is a range of ids. The store makes the partitions ahead of time;
-- what falls outside of them goes to the default partition, so that an insert never fails for the want of one.
CREATE TABLE events (
    created_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    environment_id integer NOT NULL,
    envelope_id integer NOT NULL,
    delivery_count integer NOT NULL,
    is_test boolean NOT NULL,
    id uuid NOT NULL,
    type text COLLATE "C" NOT NULL,
    tenant text COLLATE "C",
    publisher_id text COLLATE "C",
    data bytea NOT NULL,
    PRIMARY KEY (environment_id, id)
) PARTITION BY RANGE (id);
CREATE TABLE events_default PARTITION OF events DEFAULT;
CREATE INDEX events_type ON events (environment_id, type, id);
CREATE INDEX events_tenant ON events (environment_id, tenant, id) WHERE tenant IS NOT NULL;

-- The keys under which a publish may be repeated, and how the first was answered. Also the way from a publisher's event id to the event.
CREATE TABLE publish_keys (
    created_at timestamptz NOT NULL,
    environment_id integer NOT NULL,
    delivery_count integer NOT NULL,
    written_id uuid, -- The event, else the first delivery (a replay); null where only a score was written.
    key text COLLATE "C" NOT NULL,
    outside_id text NOT NULL,
    fingerprint bytea NOT NULL,
    PRIMARY KEY (environment_id, key)
);
CREATE INDEX publish_keys_age ON publish_keys (created_at); -- One time per batch, so its entries share their keys and it stays small.

CREATE TABLE scores (
    environment_id integer NOT NULL,
    status smallint NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    finished_at timestamptz,
    job_id text NOT NULL,
    application_id text NOT NULL,
    tenant text,
    outcome bytea NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX scores_id ON scores (id); -- Operators ask by id alone.

-- Deliveries -----------------------------------------------------------------------------------------------------

-- Pending (node is null) and Processing (a node holds it). Small and hot: a row leaves when its delivery ends.
-- A row that is inserted under a lease is in none of the indexes but the key.
CREATE TABLE open_deliveries (
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    environment_id integer NOT NULL,
    node integer,
    generation integer NOT NULL,
    attempt_count smallint NOT NULL,
    trigger smallint NOT NULL,
    status_code smallint,
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    replay_of uuid,
    event_type text COLLATE "C" NOT NULL,
    tenant text COLLATE "C",
    error text,
    PRIMARY KEY (environment_id, id)
) WITH (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000, -- Every row dies young: vacuum by count, not by share.
    autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = false -- Giving the tail back takes an exclusive lock, and the next second needs it again.
);
CREATE INDEX open_deliveries_waiting ON open_deliveries (endpoint_id, due_at) WHERE node IS NULL;
-- attempt_count >= 0 is always true. It is there so that only a query that says the same can use this index: with statistics of a moment when one
-- endpoint had the whole backlog, the planner would otherwise take this one to look for the rows of a single endpoint, and read them all.
CREATE INDEX open_deliveries_due ON open_deliveries (due_at) WHERE node IS NULL AND attempt_count >= 0;
CREATE INDEX open_deliveries_asked_for ON open_deliveries (event_id, environment_id) WHERE trigger <> 0;

-- Delivered and Failed: appended to, never updated. Each index here is paid for by every delivery, so there is one per filter of the
-- history and no more; all are narrow and grow at one place per environment, endpoint or type, not all over.
CREATE TABLE finished_deliveries (
    created_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    environment_id integer NOT NULL,
    generation integer NOT NULL,
    attempt_count smallint NOT NULL,
    trigger smallint NOT NULL,
    state smallint NOT NULL,
    status_code smallint,
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    replay_of uuid,
    event_type text COLLATE "C" NOT NULL,
    tenant text COLLATE "C",
    error text,
    PRIMARY KEY (environment_id, id)
) PARTITION BY RANGE (id);
CREATE TABLE finished_deliveries_default PARTITION OF finished_deliveries DEFAULT;
CREATE INDEX finished_deliveries_endpoint ON finished_deliveries (environment_id, endpoint_id, id);
CREATE INDEX finished_deliveries_type ON finished_deliveries (environment_id, event_type, id);
CREATE INDEX finished_deliveries_failed ON finished_deliveries (environment_id, id) WHERE state = 3;
CREATE INDEX finished_deliveries_tenant ON finished_deliveries (environment_id, tenant, id) WHERE tenant IS NOT NULL;
-- An event's own deliveries are found by their ids, which were made in the same millisecond as the event; replays and tests by this.
CREATE INDEX finished_deliveries_asked_for ON finished_deliveries (event_id, environment_id) WHERE trigger <> 0;

-- In the partition of its delivery's day, so that both are dropped together. Times in microseconds.
CREATE TABLE attempts (
    started_at timestamptz NOT NULL,
    environment_id integer NOT NULL,
    total_us integer NOT NULL,
    dns_us integer,
    connect_us integer,
    tls_us integer,
    first_byte_us integer,
    number smallint NOT NULL,
    outcome smallint NOT NULL,
    status_code smallint,
    repeated boolean NOT NULL,
    delivery_id uuid NOT NULL,
    body_truncated text,
    error text,
    request_headers bytea NOT NULL,
    response_headers bytea NOT NULL,
    response_body bytea NOT NULL,
    PRIMARY KEY (environment_id, delivery_id, number)
) PARTITION BY RANGE (delivery_id);
CREATE TABLE attempts_default PARTITION OF attempts DEFAULT;

-- Requests that may be repeated -----------------------------------------------------------------------------------

CREATE TABLE idempotent_requests (
    scope text COLLATE "C" NOT NULL, -- Names the environment.
    key text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    reserved_at timestamptz NOT NULL,
    status_code smallint, -- Null until it is answered.
    body_key_id text,
    body bytea,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotent_requests_age ON idempotent_requests (reserved_at);
