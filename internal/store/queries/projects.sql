-- name: CreateProject :one
INSERT INTO projects (account, region, name, created, status, feature, auto_update)
VALUES (@account, @region, @name, @created, @status, @feature, @auto_update)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: GetProject :one
SELECT * FROM projects WHERE account = @account AND region = @region AND name = @name;

-- name: ListProjects :many
SELECT * FROM projects
WHERE account = @account AND region = @region
  AND (created < @created OR (created = @created AND id < @id))
  AND (CAST(@any_name AS boolean)
       OR name IN (@name1, @name2, @name3, @name4, @name5, @name6, @name7, @name8, @name9, @name10))
  AND (CAST(@any_feature AS boolean) OR feature IN (@feature1, @feature2))
ORDER BY created DESC, id DESC
LIMIT @count;

-- name: CountProjects :one
SELECT count(*) FROM projects WHERE account = @account AND region = @region;

-- name: MoveProject :execrows
UPDATE projects SET status = @next WHERE id = @id AND status = @status;

-- name: DeleteProject :execrows
DELETE FROM projects WHERE projects.id = @id
  AND NOT EXISTS (SELECT 1 FROM datasets d WHERE d.project_id = projects.id)
  AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.project_id = projects.id);

-- name: ProjectExists :one
SELECT count(*) FROM projects WHERE id = @id;
