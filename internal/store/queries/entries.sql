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

-- name: CountEntries :one
SELECT (SELECT count(*) FROM entries e WHERE e.dataset_id = @dataset_id) AS total,
       (SELECT count(*) FROM entries e WHERE e.dataset_id = @dataset_id AND e.labeled = true) AS labeled,
       (SELECT count(*) FROM entries e WHERE e.dataset_id = @dataset_id AND e.has_errors = true) AS errors,
       (SELECT count(*) FROM dataset_labels l WHERE l.dataset_id = @dataset_id) AS labels;

-- name: ListDatasetLabels :many
SELECT name, entries, boxes FROM dataset_labels
WHERE dataset_id = @dataset_id AND name > @after ORDER BY name LIMIT @count;

-- name: CountPrefix :one
SELECT count(*) FROM (SELECT 1 FROM entries
    WHERE dataset_id = @dataset_id AND source_ref >= @first AND source_ref < @last LIMIT @count) e;
