-- name: CreateVersion :one
INSERT INTO versions (project_id, name, created, status, message, output_bucket, output_key, description, kms_key,
                      min_units, max_units, ended, billable, inputs, result, requester, source)
VALUES (@project_id, @name, @created, @status, @message, @output_bucket, @output_key, @description, @kms_key,
        @min_units, @max_units, @ended, @billable, @inputs, @result, @requester, @source)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: FindVersion :one
SELECT sqlc.embed(v), sqlc.embed(p) FROM projects p JOIN versions v ON v.project_id = p.id
WHERE p.account = @account AND p.region = @region AND p.name = @project AND v.name = @name AND v.created = @created;

-- name: GetVersion :one
SELECT sqlc.embed(v), sqlc.embed(p) FROM versions v JOIN projects p ON p.id = v.project_id WHERE v.id = @id;

-- name: ListVersions :many
SELECT sqlc.embed(v), sqlc.embed(p) FROM versions v JOIN projects p ON p.id = v.project_id
WHERE v.project_id = @project_id
  AND (v.created < @created OR (v.created = @created AND v.id < @id))
  AND (CAST(@any_name AS boolean)
       OR v.name IN (@name1, @name2, @name3, @name4, @name5, @name6, @name7, @name8, @name9, @name10))
ORDER BY v.created DESC, v.id DESC
LIMIT @count;

-- name: CountVersionsByStatus :one
SELECT count(*) FROM projects p JOIN versions v ON v.project_id = p.id
WHERE p.account = @account AND p.region = @region
  AND v.status IN (@status1, @status2, @status3, @status4, @status5, @status6, @status7, @status8, @status9, @status10);

-- name: CountVersionsOfProject :one
SELECT count(*) FROM versions WHERE project_id = @project_id;

-- name: MoveVersion :execrows
UPDATE versions SET status = @next, message = @message WHERE id = @id AND status = @status;

-- name: SetVersionMessage :exec
UPDATE versions SET message = @message WHERE id = @id;

-- name: SetVersionUnits :exec
UPDATE versions SET min_units = @min_units, max_units = @max_units WHERE id = @id;

-- name: SetVersionResult :exec
UPDATE versions SET result = @result, ended = @ended, billable = @billable WHERE id = @id;

-- name: RunningVersions :many
SELECT sqlc.embed(v), sqlc.embed(p) FROM versions v JOIN projects p ON p.id = v.project_id
WHERE v.status IN ('STARTING', 'RUNNING', 'STOPPING') ORDER BY v.id;

-- name: DeleteVersion :execrows
DELETE FROM versions WHERE id = @id;

-- name: CountCopiesOf :one
SELECT count(*) FROM versions WHERE source = @source AND status = @status;
