-- Filters of the delivery history under a name.
CREATE TABLE saved_views (
    created_at timestamptz NOT NULL,
    environment_id integer NOT NULL,
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    query text NOT NULL,
    PRIMARY KEY (environment_id, name)
);
