-- name: GetMinute :one
SELECT * FROM model_minutes WHERE version_id = @version_id AND minute = @minute AND node = @node;

-- name: PutMinute :exec
INSERT INTO model_minutes (version_id, minute, node, answered, throttled, user_errors, server_errors, computed, times)
VALUES (@version_id, @minute, @node, @answered, @throttled, @user_errors, @server_errors, @computed, @times)
ON CONFLICT (version_id, minute, node) DO UPDATE SET answered = excluded.answered, throttled = excluded.throttled,
    user_errors = excluded.user_errors, server_errors = excluded.server_errors, computed = excluded.computed, times = excluded.times;

-- name: MinutesOfVersion :many
SELECT * FROM model_minutes WHERE version_id = @version_id AND minute >= @first AND minute < @past ORDER BY minute;

-- name: MinutesOfAccount :many
SELECT m.* FROM projects p JOIN versions v ON v.project_id = p.id JOIN model_minutes m ON m.version_id = v.id
WHERE p.account = @account AND p.region = @region AND m.minute >= @first AND m.minute < @past ORDER BY m.minute;

-- name: DeleteMinutes :exec
DELETE FROM model_minutes WHERE minute < @past;

-- name: LastLevel :one
SELECT * FROM unit_levels WHERE version_id = @version_id ORDER BY at DESC LIMIT 1;

-- name: PutLevel :exec
INSERT INTO unit_levels (version_id, at, min_units, max_units, desired, in_service)
VALUES (@version_id, @at, @min_units, @max_units, @desired, @in_service)
ON CONFLICT (version_id, at) DO UPDATE SET min_units = excluded.min_units, max_units = excluded.max_units,
    desired = excluded.desired, in_service = excluded.in_service;

-- name: Levels :many
SELECT * FROM unit_levels l WHERE l.version_id = @version_id AND l.at < @past
  AND l.at >= coalesce((SELECT max(o.at) FROM unit_levels o WHERE o.version_id = @version_id AND o.at <= @first), @first)
ORDER BY l.at;

-- name: DeleteLevels :exec
DELETE FROM unit_levels WHERE at < (SELECT max(o.at) FROM unit_levels o WHERE o.version_id = unit_levels.version_id AND o.at <= @past);

-- name: FindVersionNumber :one
SELECT v.id FROM projects p JOIN versions v ON v.project_id = p.id
WHERE p.account = @account AND p.region = @region AND p.name = @project AND v.name = @name;

-- name: VersionExists :one
SELECT EXISTS (SELECT 1 FROM versions WHERE id = @id);

-- name: AccountAsked :one
SELECT EXISTS (SELECT 1 FROM projects p JOIN versions v ON v.project_id = p.id JOIN model_minutes m ON m.version_id = v.id
               WHERE p.account = @account AND p.region = @region AND m.minute >= @minute);

-- name: VersionsWithFigures :many
SELECT p.name AS project, v.name,
       EXISTS (SELECT 1 FROM model_minutes m WHERE m.version_id = v.id AND m.minute >= @minute) AS asked,
       EXISTS (SELECT 1 FROM unit_levels l WHERE l.version_id = v.id AND (l.at >= @at OR v.status = 'RUNNING')) AS ran
FROM projects p JOIN versions v ON v.project_id = p.id
WHERE p.account = @account AND p.region = @region AND (p.name > @project OR (p.name = @project AND v.name > @name))
ORDER BY p.name, v.name LIMIT @count;
