-- +goose Up
-- The servers that share this database. One whose beat no longer changes is lost, and its row is removed by another.
CREATE TABLE nodes (
    name    TEXT    PRIMARY KEY,
    address TEXT    NOT NULL,
    roles   TEXT    NOT NULL,
    units   INTEGER NOT NULL,
    program TEXT    NOT NULL,
    started INTEGER NOT NULL,
    beat    INTEGER NOT NULL,
    leaving INTEGER NOT NULL CHECK (leaving IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Which node answers for a running model, and how many inference units it keeps for it.
CREATE TABLE placements (
    version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    node       TEXT    NOT NULL,
    units      INTEGER NOT NULL,
    PRIMARY KEY (version_id, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX placements_node ON placements (node);

-- What only the nodes know, such as the key that they sign their calls to each other with.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
