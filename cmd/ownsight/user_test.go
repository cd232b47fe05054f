package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUsersByTheCommandLine manages accounts, users, keys and policies as an operator does, without a server.
func TestUsersByTheCommandLine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	do := func(code int, args ...string) string {
		t.Helper()
		var out, problems bytes.Buffer
		require.Equal(t, code, run(t.Context(), append(args, "--data", dir), &out, &problems), "%v: %s", args, problems.String())
		return out.String() + problems.String()
	}
	require.Contains(t, do(exitFailed, "user", "list"), "Name the server's data folder with --data")
	require.NoDirExists(t, dir, "a misspelt folder is not made")
	do(exitDone, "account", "create", "111122223333", "--profile", "default")
	do(exitDone, "account", "create", "444455556666", "--profile", "lab")
	require.Contains(t, do(exitDone, "account", "list"), "444455556666")

	require.Contains(t, do(exitDone, "user", "create", "ann", "--account", "444455556666"), "arn:aws:iam::444455556666:user/ann")
	require.Contains(t, do(exitFailed, "user", "create", "ann", "--account", "444455556666"), "already")
	require.Contains(t, do(exitFailed, "user", "create", "a b"), "1 to 64 letters")
	require.Contains(t, do(exitFailed, "user", "create", "ann", "--account", "777788889999"), "no account 777788889999")
	require.Contains(t, do(exitDone, "user", "list", "--account", "444455556666"), "ann")
	require.NotContains(t, do(exitDone, "user", "list"), "ann")

	policy := filepath.Join(t.TempDir(), "p.json")
	require.NoError(t, os.WriteFile(policy, []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}`), 0o600))
	require.Contains(t, do(exitFailed, "user", "policy", "put", "ann", "p", policy, "--account", "444455556666"), "Resource")
	require.NoError(t, os.WriteFile(policy, []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`), 0o600))
	require.Contains(t, do(exitDone, "user", "policy", "list", "ann", "--account", "444455556666"), "may do nothing")
	do(exitDone, "user", "policy", "put", "ann", "p", policy, "--account", "444455556666")
	require.Contains(t, do(exitDone, "user", "policy", "list", "ann", "--account", "444455556666", "--output", "json"), `"document": "{\"Version\"`)

	require.Contains(t, do(exitDone, "user", "key", "create", "ann", "--account", "444455556666", "--profile", "ann", "--expires", "12h"), `profile "ann"`)
	require.Contains(t, do(exitUsage, "account", "key", "create", "444455556666"), "--profile is needed")
	require.Contains(t, do(exitUsage, "user", "key", "create", "", "--profile", "nobodys"), "takes the name of a user")
	require.Contains(t, do(exitFailed, "user", "key", "create", "ann", "--account", "444455556666", "--profile", "spent", "--expires=-1h"), "in the past")
	do(exitDone, "account", "key", "create", "444455556666", "--profile", "lab-2")
	credentials, err := os.ReadFile(filepath.Join(dir, "credentials"))
	require.NoError(t, err)
	keyOf := func(profile string) string {
		_, rest, _ := strings.Cut(string(credentials), "["+profile+"]\naws_access_key_id = ")
		id, _, _ := strings.Cut(rest, "\n")
		return id
	}
	keys := do(exitDone, "user", "key", "list", "--account", "444455556666")
	for _, profile := range []string{"lab", "lab-2", "ann"} {
		require.Contains(t, keys, keyOf(profile))
	}
	require.NotContains(t, keys, "aws_secret")
	do(exitDone, "account", "key", "delete", "444455556666", keyOf("lab"))
	require.Contains(t, do(exitFailed, "account", "key", "delete", "444455556666", keyOf("ann")), "no access key", "that of a user is not the account's")
	do(exitDone, "user", "key", "delete", "ann", keyOf("ann"), "--account", "444455556666")
	do(exitDone, "user", "policy", "delete", "ann", "p", "--account", "444455556666")
	do(exitDone, "user", "delete", "ann", "--account", "444455556666")
	require.Contains(t, do(exitFailed, "user", "delete", "ann", "--account", "444455556666"), "no user ann")

	for _, act := range []string{"CreateAccount", "CreateUser", "PutUserPolicy", "CreateAccessKey", "DeleteAccessKey", "DeleteUserPolicy", "DeleteUser"} {
		require.Contains(t, do(exitDone, "audit", "--operation", act), "444455556666", act)
	}
}
