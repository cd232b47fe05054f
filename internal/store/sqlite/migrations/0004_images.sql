-- +goose Up
-- Disk files in S3 that were checked: what an ami-… names.
CREATE TABLE disks (
    id       TEXT    PRIMARY KEY,
    account  TEXT    NOT NULL REFERENCES accounts (id),
    region   TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    platform TEXT    NOT NULL,
    bucket   TEXT    NOT NULL,
    object   TEXT    NOT NULL,
    etag     TEXT    NOT NULL,
    format   TEXT    NOT NULL,
    size     INTEGER NOT NULL,
    virtual  INTEGER NOT NULL,
    image    TEXT    NOT NULL
) STRICT;
CREATE INDEX disks_account ON disks (account, region, created, id);

-- The bytes of a disk in a region, as a list of chunks. A chunk is one object, named by its digest and its number. A
-- number is never used again, so that deleting an old chunk cannot take away a new one of the same digest.
CREATE TABLE contents (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    region TEXT    NOT NULL,
    size   INTEGER NOT NULL
) STRICT;

CREATE TABLE chunks (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    region TEXT    NOT NULL,
    digest BLOB    NOT NULL,
    size   INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    UNIQUE (region, digest)
) STRICT;

-- A hole has no chunk: it is all zeros.
CREATE TABLE content_chunks (
    content_id INTEGER NOT NULL REFERENCES contents (id),
    seq        INTEGER NOT NULL,
    chunk_id   INTEGER REFERENCES chunks (id),
    size       INTEGER NOT NULL,
    PRIMARY KEY (content_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX content_chunks_chunk ON content_chunks (chunk_id);

-- Chunks that nobody refers to any more; their objects are yet to be deleted.
CREATE TABLE chunk_trash (
    id     INTEGER PRIMARY KEY,
    region TEXT    NOT NULL,
    digest BLOB    NOT NULL
) STRICT;
CREATE INDEX chunk_trash_region ON chunk_trash (region, id);

-- An image of the empty account is public.
CREATE TABLE images (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    account   TEXT    NOT NULL,
    region    TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    created   INTEGER NOT NULL,
    state     TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    message   TEXT    NOT NULL,
    details   TEXT    NOT NULL,
    content_id INTEGER REFERENCES contents (id),
    source_id  INTEGER REFERENCES contents (id),
    requester TEXT    NOT NULL,
    UNIQUE (account, region, name)
) STRICT;
CREATE INDEX images_region ON images (region, id);
CREATE INDEX images_content ON images (content_id);
CREATE INDEX images_source ON images (source_id);

CREATE TABLE image_permissions (
    image_id      INTEGER NOT NULL REFERENCES images (id),
    account       TEXT    NOT NULL,
    allow_fleet   INTEGER NOT NULL,
    allow_builder INTEGER NOT NULL,
    PRIMARY KEY (image_id, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_permissions_account ON image_permissions (account, image_id);

CREATE TABLE image_exports (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    task        TEXT    NOT NULL UNIQUE,
    account     TEXT    NOT NULL REFERENCES accounts (id),
    region      TEXT    NOT NULL,
    image       TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    tags        TEXT    NOT NULL,
    disk        TEXT    NOT NULL,
    message     TEXT    NOT NULL,
    failure     TEXT    NOT NULL,
    content_id  INTEGER REFERENCES contents (id),
    format      TEXT    NOT NULL,
    size        INTEGER NOT NULL,
    virtual     INTEGER NOT NULL,
    platform    TEXT    NOT NULL,
    requester   TEXT    NOT NULL
) STRICT;
CREATE INDEX image_exports_account ON image_exports (account, region, id);
CREATE INDEX image_exports_content ON image_exports (content_id);

-- Where a region's chunks lie: an S3 server and a bucket.
CREATE TABLE image_places (
    region TEXT PRIMARY KEY,
    place  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What the last check of a region's objects found.
CREATE TABLE image_checks (
    region TEXT    PRIMARY KEY,
    ended  INTEGER NOT NULL,
    report TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
