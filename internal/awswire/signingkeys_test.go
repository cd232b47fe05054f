package awswire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSigningKeysForgetTheLeastRecentlyUsed(t *testing.T) {
	k := newSigningKeys(2)
	id := func(day string) signingKeyID { return signingKeyID{"AKIA", day, "eu-central-1", "rekognition"} }
	for _, day := range []string{"1", "2"} {
		k.keep(id(day), "s", k.get(id(day), "s"))
	}
	require.Equal(t, derive(id("1"), "s"), k.get(id("1"), "s")) // so that 2 is the older one
	k.keep(id("3"), "s", derive(id("3"), "s"))
	require.Len(t, k.byID, 2)
	require.Equal(t, 2, k.order.Len())
	require.NotContains(t, k.byID, id("2"))
	require.NotEqual(t, k.get(id("1"), "s"), k.get(id("1"), "other"))
}
