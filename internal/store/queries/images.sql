-- name: CreateImage :one
INSERT INTO images (account, region, name, created, state, code, message, details, content_id, source_id, requester)
VALUES (@account, @region, @name, @created, @state, @code, @message, @details, @content_id, @source_id, @requester)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: FindImage :one
SELECT sqlc.embed(i), (SELECT count(*) FROM image_permissions p WHERE p.image_id = i.id) AS sharers
FROM images i WHERE i.account = @account AND i.region = @region AND i.name = @name;

-- name: GetImage :one
SELECT sqlc.embed(i), (SELECT count(*) FROM image_permissions p WHERE p.image_id = i.id) AS sharers
FROM images i WHERE i.id = @id;

-- name: ListImages :many
SELECT sqlc.embed(i), (SELECT count(*) FROM image_permissions p WHERE p.image_id = i.id) AS sharers
FROM images i
WHERE i.region = @region AND i.id > @after
  AND (CAST(@own AS boolean) AND i.account = @account
       OR CAST(@public AS boolean) AND i.account = ''
       OR CAST(@shared AS boolean) AND EXISTS (SELECT 1 FROM image_permissions p WHERE p.image_id = i.id AND p.account = @sharer))
ORDER BY i.id
LIMIT @count;

-- name: CountImages :one
SELECT count(*) FROM images WHERE account = @account AND region = @region;

-- name: CountImagesInState :one
SELECT count(*) FROM images WHERE account = @account AND region = @region AND state = @state;

-- name: MoveImage :execrows
UPDATE images SET state = @next, code = @code, message = @message WHERE id = @id AND state = @state;

-- name: SetImageMessage :exec
UPDATE images SET message = @message WHERE id = @id;

-- name: SetImageDetails :exec
UPDATE images SET details = @details WHERE id = @id;

-- name: SetImageContents :exec
UPDATE images SET content_id = @content_id, source_id = @source_id WHERE id = @id;

-- name: DeleteImage :exec
DELETE FROM images WHERE id = @id;

-- name: PutImagePermission :exec
INSERT INTO image_permissions (image_id, account, allow_fleet, allow_builder)
VALUES (@image_id, @account, @allow_fleet, @allow_builder)
ON CONFLICT (image_id, account) DO UPDATE SET allow_fleet = excluded.allow_fleet, allow_builder = excluded.allow_builder;

-- name: GetImagePermission :one
SELECT * FROM image_permissions WHERE image_id = @image_id AND account = @account;

-- name: ListImagePermissions :many
SELECT * FROM image_permissions WHERE image_id = @image_id AND account > @after ORDER BY account LIMIT @count;

-- name: CountImagePermissions :one
SELECT count(*) FROM image_permissions WHERE image_id = @image_id;

-- name: DeleteImagePermission :execrows
DELETE FROM image_permissions WHERE image_id = @image_id AND account = @account;
