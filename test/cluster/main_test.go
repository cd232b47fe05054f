package cluster

import (
	"testing"

	"ownsight/test/server"
)

func TestMain(m *testing.M) { server.Main(m) }
