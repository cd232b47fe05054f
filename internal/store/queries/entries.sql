-- name: LastSeq :one
SELECT CAST(COALESCE(max(seq), 0) AS bigint) FROM entries WHERE dataset_id = @dataset_id;

-- name: EntryBySourceRef :one
SELECT * FROM entries WHERE dataset_id = @dataset_id AND source_ref = @source_ref;

-- name: EntriesAfter :many
SELECT * FROM entries WHERE dataset_id = @dataset_id AND seq > @after ORDER BY seq LIMIT @count;

-- name: LabelsOfEntries :many
SELECT seq, name, boxes FROM entry_labels
WHERE dataset_id = @dataset_id AND seq >= @first AND seq <= @last
ORDER BY seq, name;

-- name: NthSeq :one
SELECT CAST(COALESCE(max(e.seq), 0) AS bigint)
FROM (SELECT seq FROM entries WHERE dataset_id = @dataset_id ORDER BY seq LIMIT @count) e;

-- name: DeleteEntriesUpTo :execrows
DELETE FROM entries WHERE dataset_id = @dataset_id AND seq <= @last;

-- name: DeleteLabelsUpTo :exec
DELETE FROM entry_labels WHERE dataset_id = @dataset_id AND seq <= @last;

-- name: SumLabels :exec
INSERT INTO dataset_labels (dataset_id, name, entries, boxes)
SELECT l.dataset_id, l.name, count(*), CAST(sum(l.boxes) AS bigint) FROM entry_labels l
WHERE l.dataset_id = @dataset_id GROUP BY l.dataset_id, l.name;

-- name: ListDatasetLabels :many
SELECT name, entries, boxes FROM dataset_labels
WHERE dataset_id = @dataset_id AND name > @after ORDER BY name LIMIT @count;

-- name: CountDatasetLabels :one
SELECT count(*) FROM dataset_labels WHERE dataset_id = @dataset_id;

-- name: OneBlock :one
SELECT members, refs FROM entry_blocks WHERE dataset_id = @dataset_id AND number = @number;

-- name: BlockMembers :many
SELECT number, members FROM entry_blocks
WHERE dataset_id = @dataset_id AND number >= @first ORDER BY number LIMIT @count;

-- name: BlockRefs :many
SELECT number, refs FROM entry_blocks
WHERE dataset_id = @dataset_id AND number >= @first AND number <= @last ORDER BY number;

-- name: PutBlock :exec
INSERT INTO entry_blocks (dataset_id, number, members, refs) VALUES (@dataset_id, @number, @members, @refs)
ON CONFLICT (dataset_id, number) DO UPDATE SET members = excluded.members, refs = excluded.refs;

-- name: DeleteBlocksBefore :exec
DELETE FROM entry_blocks WHERE dataset_id = @dataset_id AND number < @number;

-- name: DeleteBlock :exec
DELETE FROM entry_blocks WHERE dataset_id = @dataset_id AND number = @number;

-- name: DatasetsWithoutIndex :many
SELECT d.id FROM datasets d
WHERE d.total > 0 AND NOT EXISTS (SELECT 1 FROM entry_blocks b WHERE b.dataset_id = d.id);
