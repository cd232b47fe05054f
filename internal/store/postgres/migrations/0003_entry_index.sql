-- +goose Up
-- The index that filters are answered from; internal/store/entries_index.go says what is in it. It replaces three others.
CREATE TABLE entry_blocks (
    dataset_id bigint NOT NULL REFERENCES datasets (id),
    number     bigint NOT NULL,
    members    bytea  NOT NULL,
    refs       bytea  NOT NULL,
    PRIMARY KEY (dataset_id, number)
);
-- Compressing them takes longer than reading them.
ALTER TABLE entry_blocks ALTER COLUMN members SET STORAGE EXTERNAL;
ALTER TABLE entry_blocks ALTER COLUMN refs SET STORAGE EXTERNAL;
DROP INDEX entries_labeled;
DROP INDEX entries_errors;
DROP INDEX entry_labels_name;
