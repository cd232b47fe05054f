-- +goose Up
-- Times are epoch milliseconds, 0 for "not yet". Booleans are 0 and 1.
CREATE TABLE accounts (
    id      TEXT    PRIMARY KEY,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE access_keys (
    id       TEXT    PRIMARY KEY,
    secret   TEXT    NOT NULL,
    account  TEXT    NOT NULL REFERENCES accounts (id),
    username TEXT    NOT NULL,
    root     INTEGER NOT NULL,
    created  INTEGER NOT NULL
) STRICT;
CREATE INDEX access_keys_account ON access_keys (account, created);

CREATE TABLE projects (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    account     TEXT    NOT NULL,
    region      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    status      TEXT    NOT NULL,
    feature     TEXT    NOT NULL,
    auto_update TEXT    NOT NULL,
    UNIQUE (account, region, name)
) STRICT;
CREATE INDEX projects_newest ON projects (account, region, created, id);

CREATE TABLE datasets (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES projects (id),
    type       TEXT    NOT NULL,
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL,
    status     TEXT    NOT NULL,
    message    TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    labeled    INTEGER NOT NULL DEFAULT 0,
    total      INTEGER NOT NULL DEFAULT 0,
    labels     INTEGER NOT NULL DEFAULT 0,
    errors     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (project_id, type)
) STRICT;

CREATE TABLE entries (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id),
    seq        INTEGER NOT NULL,
    source_ref TEXT    NOT NULL,
    labeled    INTEGER NOT NULL,
    has_errors INTEGER NOT NULL,
    line       TEXT    NOT NULL,
    PRIMARY KEY (dataset_id, seq),
    UNIQUE (dataset_id, source_ref)
) STRICT;
CREATE INDEX entries_labeled ON entries (dataset_id, labeled, seq);
CREATE INDEX entries_errors ON entries (dataset_id, has_errors, seq);

-- No foreign keys, which would be checked for every label: entries have one, and both are written and deleted together.
CREATE TABLE entry_labels (
    dataset_id INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    boxes      INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, seq, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_labels_name ON entry_labels (dataset_id, name, seq, boxes);

CREATE TABLE dataset_labels (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id),
    name       TEXT    NOT NULL,
    entries    INTEGER NOT NULL,
    boxes      INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE versions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id    INTEGER NOT NULL REFERENCES projects (id),
    name          TEXT    NOT NULL,
    created       INTEGER NOT NULL,
    status        TEXT    NOT NULL,
    message       TEXT    NOT NULL,
    output_bucket TEXT    NOT NULL,
    output_key    TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    kms_key       TEXT    NOT NULL,
    min_units     INTEGER NOT NULL,
    max_units     INTEGER NOT NULL,
    ended         INTEGER NOT NULL,
    billable      INTEGER NOT NULL, -- milliseconds
    inputs        TEXT    NOT NULL, -- JSON
    result        TEXT    NOT NULL, -- JSON, empty until training has ended
    UNIQUE (project_id, name)
) STRICT;
CREATE INDEX versions_newest ON versions (project_id, created, id);
CREATE INDEX versions_status ON versions (status);

CREATE TABLE tags (
    arn   TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (arn, key)
) STRICT, WITHOUT ROWID;

-- One row for every long job that is not done. A row is free when holder is empty; else it is leased until due.
CREATE TABLE work (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT    NOT NULL,
    resource TEXT    NOT NULL,
    payload  BLOB    NOT NULL,
    step     TEXT    NOT NULL DEFAULT '',
    state    BLOB    NOT NULL,
    holder   TEXT    NOT NULL DEFAULT '',
    token    INTEGER NOT NULL DEFAULT 0, -- fences writes: grows with every claim
    lost     INTEGER NOT NULL DEFAULT 0, -- claims that ended neither well nor badly, the current one included
    errors   INTEGER NOT NULL DEFAULT 0, -- attempts that failed
    due      INTEGER NOT NULL,           -- end of the lease, or when a free row may be taken up
    queued   INTEGER NOT NULL,           -- when a queue job was last seen waiting for the row; 0: none waits
    job      INTEGER NOT NULL,           -- that job's number
    UNIQUE (kind, resource)
) STRICT;
CREATE INDEX work_due ON work (due);
