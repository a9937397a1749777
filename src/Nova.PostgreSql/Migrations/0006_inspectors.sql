-- Built-in receivers of sandboxes, and the last requests that came to each.
CREATE TABLE inspectors (
    created_at timestamptz NOT NULL,
    environment_id integer NOT NULL,
    id uuid NOT NULL,
    token_sha256 bytea NOT NULL,
    url text NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE UNIQUE INDEX inspectors_token ON inspectors (token_sha256);

CREATE TABLE inspected_requests (
    at timestamptz NOT NULL,
    environment_id integer NOT NULL,
    inspector_id uuid NOT NULL,
    id uuid NOT NULL,
    endpoint_id uuid,
    finding text,
    detail text,
    headers bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (environment_id, inspector_id, id)
);
CREATE INDEX inspected_requests_age ON inspected_requests (at);
