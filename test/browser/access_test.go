package browser

import (
	"path/filepath"
	"testing"

	"ownsight/test/server"
)

// TestAccess has rights taken away and a key deleted while somebody works with it, and another key expire.
func TestAccess(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	user(t, s, "ann")
	play(t, s, chapter{
		program: "access.mjs", profile: "ann",
		environ: append(another(t, s), "CREDENTIALS="+filepath.Join(s.Dir, "credentials")),
		deeds: map[string]func(){
			"make a key for seconds": func() {
				user(t, s, "bob", "--profile", "brief", "--expires", "8s")
			},
			"delete the key":   func() { dropKey(t, s, "ann") },
			"take rights away": func() { program(t, s, "user", "policy", "delete", "ann", "all") },
		},
	})
}
