-- +goose Up
-- Disk files in S3 that were checked: what an ami-… names.
CREATE TABLE disks (
    id       text    PRIMARY KEY,
    account  text    NOT NULL REFERENCES accounts (id),
    region   text    NOT NULL,
    created  bigint NOT NULL,
    name     text    NOT NULL,
    platform text    NOT NULL,
    bucket   text    NOT NULL,
    object   text    NOT NULL,
    etag     text    NOT NULL,
    format   text    NOT NULL,
    size     bigint NOT NULL,
    virtual  bigint NOT NULL,
    image    text    NOT NULL
);
CREATE INDEX disks_account ON disks (account, region, created, id);

-- The bytes of a disk in a region, as a list of chunks. A chunk is one object, named by its digest and its number. A
-- number is never used again, so that deleting an old chunk cannot take away a new one of the same digest.
CREATE TABLE contents (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    region text    NOT NULL,
    size   bigint NOT NULL
);

CREATE TABLE chunks (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    region text    NOT NULL,
    digest bytea    NOT NULL,
    size   bigint NOT NULL,
    stored boolean NOT NULL,
    UNIQUE (region, digest)
);

-- A hole has no chunk: it is all zeros.
CREATE TABLE content_chunks (
    content_id bigint NOT NULL REFERENCES contents (id),
    seq        bigint NOT NULL,
    chunk_id   bigint REFERENCES chunks (id),
    size       bigint NOT NULL,
    PRIMARY KEY (content_id, seq)
);
CREATE INDEX content_chunks_chunk ON content_chunks (chunk_id);

-- Chunks that nobody refers to any more; their objects are yet to be deleted.
CREATE TABLE chunk_trash (
    id     bigint PRIMARY KEY,
    region text    NOT NULL,
    digest bytea    NOT NULL
);
CREATE INDEX chunk_trash_region ON chunk_trash (region, id);

-- An image of the empty account is public.
CREATE TABLE images (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account   text    NOT NULL,
    region    text    NOT NULL,
    name      text    COLLATE "C" NOT NULL,
    created   bigint NOT NULL,
    state     text    NOT NULL,
    code      text    NOT NULL,
    message   text    NOT NULL,
    details   text    NOT NULL,
    content_id bigint REFERENCES contents (id),
    source_id  bigint REFERENCES contents (id),
    requester text    NOT NULL,
    UNIQUE (account, region, name)
);
CREATE INDEX images_region ON images (region, id);
CREATE INDEX images_content ON images (content_id);
CREATE INDEX images_source ON images (source_id);

CREATE TABLE image_permissions (
    image_id      bigint NOT NULL REFERENCES images (id),
    account       text    NOT NULL,
    allow_fleet   boolean NOT NULL,
    allow_builder boolean NOT NULL,
    PRIMARY KEY (image_id, account)
);
CREATE INDEX image_permissions_account ON image_permissions (account, image_id);

CREATE TABLE image_exports (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task        text    NOT NULL UNIQUE,
    account     text    NOT NULL REFERENCES accounts (id),
    region      text    NOT NULL,
    image       text    NOT NULL,
    created     bigint NOT NULL,
    state       text    NOT NULL,
    name        text    NOT NULL,
    description text    NOT NULL,
    tags        text    NOT NULL,
    disk        text    NOT NULL,
    message     text    NOT NULL,
    failure     text    NOT NULL,
    content_id  bigint REFERENCES contents (id),
    format      text    NOT NULL,
    size        bigint NOT NULL,
    virtual     bigint NOT NULL,
    platform    text    NOT NULL,
    requester   text    NOT NULL
);
CREATE INDEX image_exports_account ON image_exports (account, region, id);
CREATE INDEX image_exports_content ON image_exports (content_id);

-- Where a region's chunks lie: an S3 server and a bucket.
CREATE TABLE image_places (
    region text PRIMARY KEY,
    place  text NOT NULL
);

-- What the last check of a region's objects found.
CREATE TABLE image_checks (
    region text    PRIMARY KEY,
    ended  bigint NOT NULL,
    report text    NOT NULL
);
