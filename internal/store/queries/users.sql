-- name: CreateUser :execrows
INSERT INTO users (account, name, created) VALUES (@account, @name, @created) ON CONFLICT DO NOTHING;

-- name: GetUser :one
SELECT * FROM users WHERE account = @account AND name = @name;

-- name: ListUsers :many
SELECT * FROM users WHERE account = @account ORDER BY name;

-- name: DeleteUser :execrows
DELETE FROM users WHERE account = @account AND name = @name;

-- name: PutUserPolicy :exec
INSERT INTO user_policies (account, username, name, document) VALUES (@account, @username, @name, @document)
ON CONFLICT (account, username, name) DO UPDATE SET document = excluded.document;

-- name: UserPolicies :many
SELECT name, document FROM user_policies WHERE account = @account AND username = @username ORDER BY name;

-- name: DeleteUserPolicy :execrows
DELETE FROM user_policies WHERE account = @account AND username = @username AND name = @name;

-- name: DeleteUserPolicies :exec
DELETE FROM user_policies WHERE account = @account AND username = @username;
