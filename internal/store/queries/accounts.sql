-- name: CreateAccount :execrows
INSERT INTO accounts (id, created) VALUES (@id, @created) ON CONFLICT DO NOTHING;

-- name: GetAccount :one
SELECT * FROM accounts WHERE id = @id;

-- name: ListAccounts :many
SELECT * FROM accounts ORDER BY id;

-- name: AddKey :execrows
INSERT INTO access_keys (id, secret, account, username, created, expires)
VALUES (@id, @secret, @account, @username, @created, @expires)
ON CONFLICT DO NOTHING;

-- name: GetKey :one
SELECT * FROM access_keys WHERE id = @id;

-- name: KeysOfAccount :many
SELECT * FROM access_keys WHERE account = @account ORDER BY created, id;

-- name: DeleteKey :execrows
DELETE FROM access_keys WHERE account = @account AND username = @username AND id = @id;

-- name: DeleteKeysOfUser :exec
DELETE FROM access_keys WHERE account = @account AND username = @username;
