-- name: AddWork :execrows
INSERT INTO work (kind, resource, payload, state, due, queued, job)
VALUES (@kind, @resource, @payload, @state, @due, @queued, @job)
ON CONFLICT DO NOTHING;

-- name: ClaimWork :one
UPDATE work SET holder = @holder, due = @until, token = token + 1, lost = lost + 1, queued = 0, job = 0
WHERE kind = @kind AND resource = @resource AND (holder = '' OR due <= @now)
RETURNING id, token, lost, errors, step, state, payload;

-- name: HeartbeatWork :execrows
UPDATE work SET due = @until WHERE id = @id AND token = @token AND holder <> '';

-- name: CheckpointWork :execrows
UPDATE work SET step = @step, state = @state, errors = 0, lost = 1 WHERE id = @id AND token = @token AND holder <> '';

-- name: HoldsWork :one
SELECT count(*) FROM work WHERE id = @id AND token = @token AND holder <> '';

-- name: FinishWork :execrows
DELETE FROM work WHERE id = @id AND token = @token AND holder <> '';

-- name: ReleaseWork :execrows
UPDATE work SET holder = '', due = @due, lost = lost - 1, errors = errors + @errors
WHERE id = @id AND token = @token AND holder <> '';

-- name: RemoveWork :execrows
DELETE FROM work WHERE kind = @kind AND resource = @resource;

-- name: DueWork :many
SELECT id, kind, resource, queued, job FROM work WHERE due <= @now AND queued <= @stale ORDER BY queued, due LIMIT @count;

-- name: WaitingWork :many
SELECT kind, count(*) AS count, CAST(min(due) AS bigint) AS since FROM work WHERE holder = '' OR due <= @now GROUP BY kind ORDER BY kind;

-- name: QueuedWork :exec
UPDATE work SET queued = @queued, job = @job WHERE id = @id;

-- name: OrphanWork :execrows
UPDATE work SET holder = '', due = @now
WHERE holder <> @holder AND substr(holder, 1, CAST(@length AS integer)) = @node;
