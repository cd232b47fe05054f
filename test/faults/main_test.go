// Package faults takes the program down at the worst moments and demands that nothing acknowledged is lost, nothing is
// stuck, and nothing finished is done again.
package faults

import (
	"testing"

	"ownsight/test/server"
)

func TestMain(m *testing.M) { server.Main(m) }
