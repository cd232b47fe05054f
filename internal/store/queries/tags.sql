-- name: PutTag :exec
INSERT INTO tags (arn, key, value) VALUES (@arn, @key, @value)
ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value;

-- name: TagsOf :many
SELECT key, value FROM tags WHERE arn = @arn ORDER BY key;

-- name: DeleteTag :exec
DELETE FROM tags WHERE arn = @arn AND key = @key;

-- name: DeleteTags :exec
DELETE FROM tags WHERE arn = @arn;
