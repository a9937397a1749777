-- Replays of many deliveries. A job that runs is held by a node, as a lease is; cursor is the last delivery or event that it has dealt with.
CREATE TABLE replay_jobs (
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    environment_id integer NOT NULL,
    node integer, -- Who works on it; null, or a node that is gone: nobody.
    rate integer NOT NULL, -- Deliveries per second.
    matching integer NOT NULL,
    done integer NOT NULL,
    skipped integer NOT NULL,
    state smallint NOT NULL,
    matching_is_least boolean NOT NULL,
    id uuid NOT NULL,
    cursor uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    selection text NOT NULL, -- JSON, which only the engine reads.
    reason text,
    PRIMARY KEY (environment_id, id)
);
CREATE UNIQUE INDEX replay_jobs_running ON replay_jobs (environment_id, key) WHERE state = 0;
CREATE INDEX replay_jobs_ended ON replay_jobs (finished_at) WHERE finished_at IS NOT NULL;
