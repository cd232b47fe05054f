-- +goose Up
CREATE TABLE users (
    account text    NOT NULL REFERENCES accounts (id),
    name    text    COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    PRIMARY KEY (account, name)
);

CREATE TABLE user_policies (
    account  text NOT NULL,
    username text COLLATE "C" NOT NULL,
    name     text COLLATE "C" NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (account, username, name),
    FOREIGN KEY (account, username) REFERENCES users (account, name)
);

-- A key without a user is its account's own.
ALTER TABLE access_keys DROP COLUMN root;
ALTER TABLE access_keys ADD COLUMN expires bigint NOT NULL DEFAULT 0;

CREATE TABLE project_policies (
    project_id bigint NOT NULL REFERENCES projects (id),
    name       text    COLLATE "C" NOT NULL,
    document   text    NOT NULL,
    revision   text    NOT NULL,
    created    bigint NOT NULL,
    updated    bigint NOT NULL,
    PRIMARY KEY (project_id, name)
);

-- The user with whose rights S3 is read and written, empty for the account's root; and the ARN that a copy was made of.
ALTER TABLE versions ADD COLUMN requester text NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN source text NOT NULL DEFAULT '';
CREATE INDEX versions_source ON versions (source);
