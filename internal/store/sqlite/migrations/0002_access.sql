-- +goose Up
CREATE TABLE users (
    account TEXT    NOT NULL REFERENCES accounts (id),
    name    TEXT    NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_policies (
    account  TEXT NOT NULL,
    username TEXT NOT NULL,
    name     TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, username, name),
    FOREIGN KEY (account, username) REFERENCES users (account, name)
) STRICT, WITHOUT ROWID;

-- A key without a user is its account's own.
ALTER TABLE access_keys DROP COLUMN root;
ALTER TABLE access_keys ADD COLUMN expires INTEGER NOT NULL DEFAULT 0;

CREATE TABLE project_policies (
    project_id INTEGER NOT NULL REFERENCES projects (id),
    name       TEXT    NOT NULL,
    document   TEXT    NOT NULL,
    revision   TEXT    NOT NULL,
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL,
    PRIMARY KEY (project_id, name)
) STRICT, WITHOUT ROWID;

-- The user with whose rights S3 is read and written, empty for the account's root; and the ARN that a copy was made of.
ALTER TABLE versions ADD COLUMN requester TEXT NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN source TEXT NOT NULL DEFAULT '';
CREATE INDEX versions_source ON versions (source);
