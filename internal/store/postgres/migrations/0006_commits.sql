-- +goose Up
-- What a transaction leaves as it commits, so that a node that lost its connection meanwhile can find out whether it did. A row
-- that is not done was written by the node that asked: the transaction can then never commit. The ids are UUIDs of version 7,
-- in the order of time, and are removed after a while.
CREATE TABLE commits (
    id   uuid    PRIMARY KEY,
    done boolean NOT NULL
);
