package browser

import (
	"testing"

	"ownsight/test/server"
)

// TestSignIn comes first and alone: how quickly the first page is there is measured in it.
func TestSignIn(t *testing.T) {
	tools(t)
	play(t, server.Start(t), chapter{program: "signin.mjs"})
}
