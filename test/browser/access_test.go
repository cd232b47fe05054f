package browser

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// TestAccess has a key deleted while somebody works with it.
func TestAccess(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	all := write(t, "all.json", []byte(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`))
	program(t, s, "user", "create", "ann")
	program(t, s, "user", "policy", "put", "ann", "all", all)
	program(t, s, "user", "key", "create", "ann")
	key, err := s.Config(t, "ann").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	admin, err := s.Config(t, "default").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	play(t, s, chapter{
		program: "access.mjs", profile: "ann",
		environ: []string{"OTHER_KEY_ID=" + admin.AccessKeyID, "OTHER_SECRET=" + admin.SecretAccessKey,
			"CREDENTIALS=" + filepath.Join(s.Dir, "credentials")},
		deeds: map[string]func(){
			"make a key for seconds": func() {
				program(t, s, "user", "create", "bob")
				program(t, s, "user", "policy", "put", "bob", "all", all)
				program(t, s, "user", "key", "create", "bob", "--profile", "brief", "--expires", "8s")
			},
			"delete the key":   func() { program(t, s, "user", "key", "delete", "ann", key.AccessKeyID) },
			"take rights away": func() { program(t, s, "user", "policy", "delete", "ann", "all") },
		},
	})
}
