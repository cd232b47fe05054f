-- +goose Up
-- The index that filters are answered from; internal/store/entries_index.go says what is in it. It replaces three others.
CREATE TABLE entry_blocks (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id),
    number     INTEGER NOT NULL,
    members    BLOB    NOT NULL,
    refs       BLOB    NOT NULL,
    PRIMARY KEY (dataset_id, number)
) STRICT;
DROP INDEX entries_labeled;
DROP INDEX entries_errors;
DROP INDEX entry_labels_name;
