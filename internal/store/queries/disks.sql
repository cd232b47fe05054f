-- name: CreateDisk :exec
INSERT INTO disks (id, account, region, created, name, platform, bucket, object, etag, format, size, virtual, image)
VALUES (@id, @account, @region, @created, @name, @platform, @bucket, @object, @etag, @format, @size, @virtual, @image);

-- name: FindDisk :one
SELECT * FROM disks WHERE id = @id AND account = @account AND region = @region;

-- name: ListDisks :many
SELECT * FROM disks WHERE account = @account AND region = @region ORDER BY created DESC, id;

-- name: DeleteDisk :execrows
DELETE FROM disks WHERE id = @id AND account = @account AND region = @region;

-- name: CreateImageExport :one
INSERT INTO image_exports (task, account, region, image, created, state, name, description, tags, disk, message, failure, content_id,
                           format, size, virtual, platform, requester)
VALUES (@task, @account, @region, @image, @created, @state, @name, @description, @tags, '', @message, '', @content_id,
        @format, @size, @virtual, @platform, @requester)
RETURNING id;

-- name: FindImageExport :one
SELECT * FROM image_exports WHERE task = @task AND account = @account AND region = @region;

-- name: GetImageExport :one
SELECT * FROM image_exports WHERE id = @id;

-- name: ListImageExports :many
SELECT * FROM image_exports WHERE account = @account AND region = @region AND id < @before ORDER BY id DESC LIMIT @count;

-- name: CountImageExportsInState :one
SELECT count(*) FROM image_exports WHERE account = @account AND region = @region AND state = @state;

-- name: SetImageExportMessage :exec
UPDATE image_exports SET message = @message WHERE id = @id;

-- name: EndImageExport :exec
UPDATE image_exports SET state = @state, disk = @disk, message = '', failure = @failure, content_id = NULL WHERE id = @id;
