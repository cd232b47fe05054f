//go:build !linux

package server

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// Reserve gives an address of this machine that nobody listens at. Another program may get it before the server does.
func Reserve(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}
