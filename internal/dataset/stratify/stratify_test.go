package stratify_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/dataset/stratify"
)

func entry(i int, labels ...string) ownsight.Entry {
	e := ownsight.Entry{SourceRef: fmt.Sprintf("s3://bucket/%06d.jpg", i)}
	for _, name := range labels {
		e.Labels = append(e.Labels, ownsight.EntryLabel{Name: name})
	}
	return e
}

func boxed(i int, labels ...string) ownsight.Entry {
	e := entry(i, labels...)
	for k := range e.Labels {
		e.Labels[k].Boxes = int64(1 + k)
	}
	return e
}

// shares counts, of each label and in all, the entries that are set aside and those that stay.
func shares(t *testing.T, entries []ownsight.Entry) map[string][2]int {
	t.Helper()
	aside, err := stratify.Split(entries)
	require.NoError(t, err)
	counts := map[string][2]int{}
	for i, e := range entries {
		side := 0
		if aside[i] {
			side = 1
		}
		for _, name := range append([]ownsight.EntryLabel{{Name: "all"}}, e.Labels...) {
			c := counts[name.Name]
			c[side]++
			counts[name.Name] = c
		}
	}
	return counts
}

func TestAFifthOfEachLabelIsSetAside(t *testing.T) {
	var entries []ownsight.Entry
	for label, n := range map[string]int{"a": 50, "b": 20, "c": 2, "d": 9} {
		for range n {
			entries = append(entries, entry(len(entries), label))
		}
	}
	want := map[string][2]int{"a": {40, 10}, "b": {16, 4}, "c": {1, 1}, "d": {8, 1}, "all": {65, 16}}
	require.Equal(t, want, shares(t, entries))
}

func TestTheOrderOfTheEntriesDoesNotMatter(t *testing.T) {
	entries := drawn(500, 12)
	sides := func() map[string]bool {
		aside, err := stratify.Split(entries)
		require.NoError(t, err)
		m := map[string]bool{}
		for i, e := range entries {
			m[e.SourceRef] = aside[i]
		}
		return m
	}
	before := sides()
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	require.Equal(t, before, sides())
}

// drawn makes entries with one to four of so many labels, the first of which are common and the last rare.
func drawn(n, labels int) []ownsight.Entry {
	random := rand.New(rand.NewPCG(3, 4))
	entries := make([]ownsight.Entry, n)
	for i := range entries {
		names := map[string]bool{}
		for range 1 + random.IntN(4) {
			names[fmt.Sprintf("label-%02d", int(float64(labels)*random.Float64()*random.Float64()))] = true
		}
		entries[i] = entry(i)
		for name := range names {
			entries[i].Labels = append(entries[i].Labels, ownsight.EntryLabel{Name: name})
		}
	}
	return entries
}

func TestPicturesOfSeveralLabelsKeepTheProportions(t *testing.T) {
	for _, n := range []int{300, 3000} {
		counts := shares(t, drawn(n, 20))
		for label, c := range counts {
			require.Positive(t, c[0], label)
			require.Positive(t, c[1], label)
			if of := c[0] + c[1]; of >= 20 {
				require.InDelta(t, 0.2, float64(c[1])/float64(of), 0.1, "%s of %d: %v", label, n, c)
			}
		}
		all := counts["all"]
		require.InDelta(t, 0.2, float64(all[1])/float64(n), 0.03)
	}
}

func TestALabelWithOnePictureCannotBeSplit(t *testing.T) {
	_, err := stratify.Split([]ownsight.Entry{entry(1, "many"), entry(2, "many"), entry(3, "many", "lonely")})
	var scarce *stratify.ScarceError
	require.True(t, errors.As(err, &scarce))
	require.Equal(t, stratify.ScarceError{Label: "lonely", Entries: 1}, *scarce)
	require.ErrorContains(t, err, `"lonely" has 1 picture;`)
}

// Each two of three pictures share a label: whichever way they are parted, one side lacks one.
func TestLabelsThatStandInEachOthersWay(t *testing.T) {
	_, err := stratify.Split([]ownsight.Entry{entry(1, "a", "b"), entry(2, "b", "c"), entry(3, "a", "c")})
	var scarce *stratify.ScarceError
	require.True(t, errors.As(err, &scarce))
	require.Equal(t, 2, scarce.Entries)

	// A chain of such labels can be parted, but only in two ways.
	var chain []ownsight.Entry
	for i := range 9 {
		chain = append(chain, entry(i, fmt.Sprint(i), fmt.Sprint(i+1)))
	}
	chain = append(chain, entry(9, "9"), entry(10, "0"))
	for label, c := range shares(t, chain) {
		if label != "all" {
			require.Equal(t, [2]int{1, 1}, c, label)
		}
	}
}

func TestBoxesAreTheLabelsWhereThereAreSome(t *testing.T) {
	entries := []ownsight.Entry{entry(0, "scene")} // would be scarce
	for i := range 10 {
		entries = append(entries, boxed(1+i, "nut", "bolt"))
	}
	counts := shares(t, entries)
	require.Equal(t, [2]int{8, 2}, counts["nut"])
	require.Equal(t, [2]int{8, 2}, counts["bolt"])
	require.Equal(t, [2]int{1, 0}, counts["scene"])
}

func TestEntriesWithoutALabel(t *testing.T) {
	entries := drawn(20, 1)
	for i := range 11 {
		entries = append(entries, entry(100+i))
	}
	broken := len(entries)
	for i := range 10 {
		e := entry(200 + i)
		e.HasErrors, e.Labeled = true, i%2 == 0
		entries = append(entries, e)
	}
	aside, err := stratify.Split(entries)
	require.NoError(t, err)
	unlabelled := 0
	for i := 20; i < broken; i++ {
		if aside[i] {
			unlabelled++
		}
	}
	require.Equal(t, 2, unlabelled, "a fifth of the pictures that are yet to be labelled")
	require.NotContains(t, aside[broken:], true, "what has errors stays, to be repaired")

	none, err := stratify.Split(nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func BenchmarkSplit(b *testing.B) {
	entries := drawn(250_000, 250)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := stratify.Split(entries); err != nil {
			b.Fatal(err)
		}
	}
}
