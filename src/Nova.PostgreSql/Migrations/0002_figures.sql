-- Figures: how many, how fast, how often. Spans: 0 minute, 1 hour, 2 day; a row is of the span that begins at its time, in UTC.

-- Sums of group commits, written in their transactions, until they are added to the tables below. Rows live for some seconds.
CREATE TABLE pending_figures (
    at timestamptz NOT NULL,
    data bytea NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = false -- As of open_deliveries.
);
ALTER TABLE pending_figures ALTER COLUMN data SET STORAGE EXTERNAL; -- Compressing some seconds' life is not worth it.

-- Environment 0 is all of them together. Written by one node at a time, every few seconds, so that a row is never fought for.
CREATE TABLE figures (
    environment_id integer NOT NULL,
    span smallint NOT NULL,
    at timestamptz NOT NULL,
    delivered bigint NOT NULL,
    failed bigint NOT NULL,
    retried bigint NOT NULL,
    attempts bigint NOT NULL,
    attempts_failed bigint NOT NULL,
    latency_us bigint NOT NULL,
    requests bigint NOT NULL,
    requests_failed bigint NOT NULL,
    requests_us bigint NOT NULL,
    scores_completed bigint NOT NULL,
    accepted bigint NOT NULL,
    latency bytea NOT NULL, -- The histogram, as FiguresWriter writes it.
    PRIMARY KEY (environment_id, span, at)
) WITH (fillfactor = 70);

CREATE TABLE endpoint_figures (
    environment_id integer NOT NULL,
    span smallint NOT NULL,
    at timestamptz NOT NULL,
    endpoint_id uuid NOT NULL,
    delivered bigint NOT NULL,
    failed bigint NOT NULL,
    attempts bigint NOT NULL,
    attempts_failed bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (environment_id, span, at, endpoint_id)
) WITH (fillfactor = 70);

-- Failures by cause, per hour. A cause is an HTTP status, or below 100 an attempt's outcome.
CREATE TABLE failure_figures (
    environment_id integer NOT NULL,
    at timestamptz NOT NULL,
    endpoint_id uuid NOT NULL,
    cause smallint NOT NULL,
    example_ended boolean NOT NULL,
    failed bigint NOT NULL,
    attempts bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    example_id uuid NOT NULL,
    PRIMARY KEY (environment_id, at, endpoint_id, cause)
) WITH (fillfactor = 70);

-- Why a delivery failed. Its indexes hold failures only, so that a delivery that succeeds pays for none of them.
ALTER TABLE finished_deliveries ADD COLUMN cause smallint;
CREATE INDEX finished_deliveries_failed_cause ON finished_deliveries (environment_id, cause, id) WHERE state = 3;
CREATE INDEX finished_deliveries_failed_endpoint ON finished_deliveries (environment_id, endpoint_id, id) WHERE state = 3;
CREATE INDEX finished_deliveries_failed_type ON finished_deliveries (environment_id, event_type, id) WHERE state = 3;
CREATE INDEX finished_deliveries_failed_tenant ON finished_deliveries (environment_id, tenant, id) WHERE state = 3;

-- A batch that is counted as a whole is written as a whole, or not at all: then it is written again, with what this node still holds.
CREATE FUNCTION nova_refuse_batch() RETURNS bigint[] LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Some deliveries of the batch are no longer held.' USING ERRCODE = 'NV002';
END
$$;
