package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
)

// Texts of few letters, so that parts run over the end of what all have in common and into the next text.
func TestRefsAreFoundByTheirParts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func(most int) string {
		b := make([]byte, 1+random.IntN(most))
		for i := range b {
			b[i] = "ab"[random.IntN(2)]
		}
		return string(b)
	}
	for range 300 {
		list, common := make([]string, blockSize), text(6)
		var present places
		for i := range list {
			if random.IntN(8) > 0 {
				list[i] = common + text(5)
				present.add(i)
			}
		}
		packed, err := decodeRefs(packRefs(list).encode())
		require.NoError(t, err)
		require.Equal(t, list, packed.unpack(&present))
		part := text(8)
		found := packed.containing([]byte(part))
		found.keep(&present, true)
		var want places
		for i, ref := range list {
			if strings.Contains(ref, part) {
				want.add(i)
			}
		}
		require.Equal(t, want, found, "%q in what begins with %q", part, common)
	}
}

func TestBlockIsReadAsItWasWritten(t *testing.T) {
	b := new(block)
	var entries []*ownsight.Entry
	for seq := int64(1); seq <= blockSize; seq += 3 {
		entries = append(entries, &ownsight.Entry{
			Seq: seq, SourceRef: fmt.Sprintf("s3://b/%d", seq), Labeled: seq%2 == 0, HasErrors: seq%5 == 0,
			Labels: []ownsight.EntryLabel{{Name: fmt.Sprint("l", seq%7)}, {Name: strings.Repeat("é", 255)}},
		})
	}
	b.put(entries)
	members, refs := b.encode()
	again, err := decodeMembers(members)
	require.NoError(t, err)
	again.refs, err = decodeRefs(refs)
	require.NoError(t, err)
	require.Equal(t, b, again)
}

func TestDamagedBlockIsAnError(t *testing.T) {
	b := new(block)
	b.put([]*ownsight.Entry{{Seq: 5, SourceRef: "s3://b/k", Labels: []ownsight.EntryLabel{{Name: "oak"}}}})
	members, refs := b.encode()
	for n := range members {
		if _, err := decodeMembers(members[:n]); n != 3*placesBytes { // there the labels begin
			require.ErrorIs(t, err, errDamaged, "%d bytes", n)
		}
	}
	for n := range refs {
		if got, err := decodeRefs(refs[:n]); err == nil {
			require.Empty(t, got.text, "%d bytes", n)
		}
	}
	refs[0], refs[1] = 0xff, 0xff // an end behind the end
	_, err := decodeRefs(refs)
	require.ErrorIs(t, err, errDamaged)
}
