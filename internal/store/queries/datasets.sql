-- name: CreateDataset :one
INSERT INTO datasets (project_id, type, created, updated, status, message, outcome)
VALUES (@project_id, @type, @created, @updated, @status, @message, @outcome)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: FindDataset :one
SELECT sqlc.embed(d), sqlc.embed(p) FROM projects p JOIN datasets d ON d.project_id = p.id
WHERE p.account = @account AND p.region = @region AND p.name = @project AND d.type = @type AND d.created = @created;

-- name: GetDataset :one
SELECT sqlc.embed(d), sqlc.embed(p) FROM datasets d JOIN projects p ON p.id = d.project_id WHERE d.id = @id;

-- name: DatasetsOfProject :many
SELECT sqlc.embed(d), sqlc.embed(p) FROM projects p JOIN datasets d ON d.project_id = p.id
WHERE p.id = @id ORDER BY d.type DESC;

-- name: MoveDataset :execrows
UPDATE datasets SET status = @next, message = @message, outcome = @outcome, updated = @updated
WHERE id = @id AND status = @status;

-- name: SetDatasetStats :exec
UPDATE datasets SET labeled = @labeled, total = @total, labels = @labels, errors = @errors WHERE id = @id;

-- name: DeleteDatasetLabels :exec
DELETE FROM dataset_labels WHERE dataset_id = @dataset_id;

-- name: DeleteDataset :execrows
DELETE FROM datasets WHERE id = @id;

-- name: DatasetsOfAccount :many
SELECT sqlc.embed(d), sqlc.embed(p) FROM projects p JOIN datasets d ON d.project_id = p.id
WHERE p.account = @account AND p.region = @region AND p.id >= @first AND p.id <= @last ORDER BY d.project_id, d.type DESC;
