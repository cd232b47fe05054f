package deploy

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// TestLookingAtAServer runs what an operator types to see whether all is well.
func TestLookingAtAServer(t *testing.T) {
	t.Parallel()
	needs(t, "curl")
	s := server.Start(t)
	variables := map[string]string{"ENDPOINT": s.Endpoint, "DATA": s.Dir}
	out := follow(t, "look", variables)
	require.Contains(t, out, "ok\nready\n")
	require.Contains(t, out, "ownsight_audit_lost_total 0")
	require.Contains(t, follow(t, "keys", variables), "AKIA")
	require.Contains(t, follow(t, "doctor", variables), "engine")
}
