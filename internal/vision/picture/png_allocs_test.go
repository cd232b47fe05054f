//go:build cgo && !nolibdeflate && !race

package picture

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPNGDecodingReusesItsMemory(t *testing.T) {
	file := encodePNG(t, toImage(decode(t, photo(t, 1200, 900), Size{})))
	// The rows alone have 3 MB, and so has the result.
	require.Less(t, bytesPerDecode(t, file), uint64(600_000))
}
