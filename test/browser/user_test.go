package browser

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// user makes a user who may do everything, with a key under the profile of that name, or as more flags say.
func user(t *testing.T, s *server.Server, name string, flags ...string) {
	t.Helper()
	all := write(t, "all.json", []byte(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`))
	program(t, s, "user", "create", name)
	program(t, s, "user", "policy", "put", name, "all", all)
	program(t, s, append([]string{"user", "key", "create", name}, flags...)...)
}

func keyOf(t *testing.T, s *server.Server, profile string) aws.Credentials {
	t.Helper()
	key, err := s.Config(t, profile).Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	return key
}

// dropKey deletes the key of a user.
func dropKey(t *testing.T, s *server.Server, name string) {
	t.Helper()
	program(t, s, "user", "key", "delete", name, keyOf(t, s, name).AccessKeyID)
}

// another is the administrator's key, for a visitor whose own is no longer good to sign in with.
func another(t *testing.T, s *server.Server) []string {
	t.Helper()
	key := keyOf(t, s, "default")
	return []string{"OTHER_KEY_ID=" + key.AccessKeyID, "OTHER_SECRET=" + key.SecretAccessKey}
}
