-- name: PutProjectPolicy :exec
INSERT INTO project_policies (project_id, name, document, revision, created, updated)
VALUES (@project_id, @name, @document, @revision, @created, @updated)
ON CONFLICT (project_id, name) DO UPDATE SET document = excluded.document, revision = excluded.revision, updated = excluded.updated;

-- name: GetProjectPolicy :one
SELECT * FROM project_policies WHERE project_id = @project_id AND name = @name;

-- name: ListProjectPolicies :many
SELECT * FROM project_policies WHERE project_id = @project_id AND name > @after ORDER BY name LIMIT @count;

-- name: CountProjectPolicies :one
SELECT count(*) FROM project_policies WHERE project_id = @project_id;

-- name: DeleteProjectPolicy :execrows
DELETE FROM project_policies WHERE project_id = @project_id AND name = @name;

-- name: DeleteProjectPolicies :exec
DELETE FROM project_policies WHERE project_id = @project_id;
