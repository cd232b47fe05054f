-- +goose Up
-- What a model was asked on a node in a minute, counted from 1970. Only minutes in which it was have a row. computed is in
-- microseconds of cores; times is a histogram of response times, see internal/meter.
CREATE TABLE model_minutes (
    version_id    bigint NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    minute        bigint NOT NULL,
    node          text   NOT NULL,
    answered      bigint NOT NULL,
    throttled     bigint NOT NULL,
    user_errors   bigint NOT NULL,
    server_errors bigint NOT NULL,
    computed      bigint NOT NULL,
    times         bytea  NOT NULL,
    PRIMARY KEY (version_id, minute, node)
);
CREATE INDEX model_minutes_minute ON model_minutes (minute);

-- The inference units of a model from a moment on, until the next row.
CREATE TABLE unit_levels (
    version_id bigint NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    at         bigint NOT NULL,
    min_units  bigint NOT NULL,
    max_units  bigint NOT NULL,
    desired    bigint NOT NULL,
    in_service bigint NOT NULL,
    PRIMARY KEY (version_id, at)
);

-- Models that run already have had their units since now, as far as anybody knows.
INSERT INTO unit_levels (version_id, at, min_units, max_units, desired, in_service)
SELECT id, CAST(extract(epoch FROM now()) * 1000 AS bigint), min_units, greatest(min_units, max_units), min_units, min_units
FROM versions WHERE status = 'RUNNING';
