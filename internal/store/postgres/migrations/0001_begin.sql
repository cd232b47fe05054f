-- +goose Up
-- Times are epoch milliseconds, 0 for "not yet". Text that is ordered or searched by prefix collates by bytes, as
-- SQLite does.
CREATE TABLE accounts (
    id      text   PRIMARY KEY,
    created bigint NOT NULL
);

CREATE TABLE access_keys (
    id       text    PRIMARY KEY,
    secret   text    NOT NULL,
    account  text    NOT NULL REFERENCES accounts (id),
    username text    NOT NULL,
    root     boolean NOT NULL,
    created  bigint  NOT NULL
);
CREATE INDEX access_keys_account ON access_keys (account, created);

CREATE TABLE projects (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account     text   NOT NULL,
    region      text   NOT NULL,
    name        text   COLLATE "C" NOT NULL,
    created     bigint NOT NULL,
    status      text   NOT NULL,
    feature     text   NOT NULL,
    auto_update text   NOT NULL,
    UNIQUE (account, region, name)
);
CREATE INDEX projects_newest ON projects (account, region, created, id);

CREATE TABLE datasets (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects (id),
    type       text   NOT NULL,
    created    bigint NOT NULL,
    updated    bigint NOT NULL,
    status     text   NOT NULL,
    message    text   NOT NULL,
    outcome    text   NOT NULL,
    labeled    bigint NOT NULL DEFAULT 0,
    total      bigint NOT NULL DEFAULT 0,
    labels     bigint NOT NULL DEFAULT 0,
    errors     bigint NOT NULL DEFAULT 0,
    UNIQUE (project_id, type)
);

CREATE TABLE entries (
    dataset_id bigint  NOT NULL REFERENCES datasets (id),
    seq        bigint  NOT NULL,
    source_ref text    COLLATE "C" NOT NULL,
    labeled    boolean NOT NULL,
    has_errors boolean NOT NULL,
    line       text    NOT NULL,
    PRIMARY KEY (dataset_id, seq),
    UNIQUE (dataset_id, source_ref)
);
CREATE INDEX entries_labeled ON entries (dataset_id, labeled, seq);
CREATE INDEX entries_errors ON entries (dataset_id, has_errors, seq);

-- No foreign keys, which would be checked for every label: entries have one, and both are written and deleted together.
CREATE TABLE entry_labels (
    dataset_id bigint NOT NULL,
    seq        bigint NOT NULL,
    name       text   COLLATE "C" NOT NULL,
    boxes      bigint NOT NULL,
    PRIMARY KEY (dataset_id, seq, name)
);
CREATE INDEX entry_labels_name ON entry_labels (dataset_id, name, seq, boxes);

CREATE TABLE dataset_labels (
    dataset_id bigint NOT NULL REFERENCES datasets (id),
    name       text   COLLATE "C" NOT NULL,
    entries    bigint NOT NULL,
    boxes      bigint NOT NULL,
    PRIMARY KEY (dataset_id, name)
);

CREATE TABLE versions (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id    bigint NOT NULL REFERENCES projects (id),
    name          text   COLLATE "C" NOT NULL,
    created       bigint NOT NULL,
    status        text   NOT NULL,
    message       text   NOT NULL,
    output_bucket text   NOT NULL,
    output_key    text   NOT NULL,
    description   text   NOT NULL,
    kms_key       text   NOT NULL,
    min_units     bigint NOT NULL,
    max_units     bigint NOT NULL,
    ended         bigint NOT NULL,
    billable      bigint NOT NULL, -- milliseconds
    inputs        text   NOT NULL, -- JSON
    result        text   NOT NULL, -- JSON, empty until training has ended
    UNIQUE (project_id, name)
);
CREATE INDEX versions_newest ON versions (project_id, created, id);
CREATE INDEX versions_status ON versions (status);

CREATE TABLE tags (
    arn   text NOT NULL,
    key   text COLLATE "C" NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (arn, key)
);

-- One row for every long job that is not done. A row is free when holder is empty; else it is leased until due.
CREATE TABLE work (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     text   NOT NULL,
    resource text   NOT NULL,
    payload  bytea  NOT NULL,
    step     text   NOT NULL DEFAULT '',
    state    bytea  NOT NULL,
    holder   text   NOT NULL DEFAULT '',
    token    bigint NOT NULL DEFAULT 0, -- fences writes: grows with every claim
    lost     bigint NOT NULL DEFAULT 0, -- claims that ended neither well nor badly, the current one included
    errors   bigint NOT NULL DEFAULT 0, -- attempts that failed
    due      bigint NOT NULL,           -- end of the lease, or when a free row may be taken up
    queued   bigint NOT NULL,           -- when a queue job was last seen waiting for the row; 0: none waits
    job      bigint NOT NULL,           -- that job's number
    UNIQUE (kind, resource)
);
CREATE INDEX work_due ON work (due);
