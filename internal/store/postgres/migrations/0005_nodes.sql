-- +goose Up
-- The servers that share this database. One whose beat no longer changes is lost, and its row is removed by another.
CREATE TABLE nodes (
    name    text    PRIMARY KEY,
    address text    NOT NULL,
    roles   text    NOT NULL,
    units   bigint NOT NULL,
    program text    NOT NULL,
    started bigint NOT NULL,
    beat    bigint NOT NULL,
    leaving boolean NOT NULL
);

-- Which node answers for a running model, and how many inference units it keeps for it.
CREATE TABLE placements (
    version_id bigint NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    node       text    NOT NULL,
    units      bigint NOT NULL,
    PRIMARY KEY (version_id, node)
);
CREATE INDEX placements_node ON placements (node);

-- What only the nodes know, such as the key that they sign their calls to each other with.
CREATE TABLE secrets (
    name  text PRIMARY KEY,
    value text NOT NULL
);
