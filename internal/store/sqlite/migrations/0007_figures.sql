-- +goose Up
-- What a model was asked on a node in a minute, counted from 1970. Only minutes in which it was have a row. computed is in
-- microseconds of cores; times is a histogram of response times, see internal/meter.
CREATE TABLE model_minutes (
    version_id    INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    minute        INTEGER NOT NULL,
    node          TEXT    NOT NULL,
    answered      INTEGER NOT NULL,
    throttled     INTEGER NOT NULL,
    user_errors   INTEGER NOT NULL,
    server_errors INTEGER NOT NULL,
    computed      INTEGER NOT NULL,
    times         BLOB    NOT NULL,
    PRIMARY KEY (version_id, minute, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX model_minutes_minute ON model_minutes (minute);

-- The inference units of a model from a moment on, until the next row.
CREATE TABLE unit_levels (
    version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    min_units  INTEGER NOT NULL,
    max_units  INTEGER NOT NULL,
    desired    INTEGER NOT NULL,
    in_service INTEGER NOT NULL,
    PRIMARY KEY (version_id, at)
) STRICT, WITHOUT ROWID;

-- Models that run already have had their units since now, as far as anybody knows.
INSERT INTO unit_levels (version_id, at, min_units, max_units, desired, in_service)
SELECT id, CAST(unixepoch('subsec') * 1000 AS INTEGER), min_units, max(min_units, max_units), min_units, min_units
FROM versions WHERE status = 'RUNNING';
