package training

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/linear"
	"ownsight/internal/vision/picture"
)

func TestViewsOfAPicture(t *testing.T) {
	mirrored := picture.Identity()
	mirrored.Flip = true
	all := viewsOf("parts/a.jpg", 8)
	require.Len(t, all, 8)
	require.Equal(t, picture.Identity(), all[0], "as a running model sees it")
	require.Equal(t, mirrored, all[1])
	require.Equal(t, all, viewsOf("parts/a.jpg", 8))
	for i, v := range all[2:] {
		require.NotEqual(t, picture.Identity(), v)
		require.NotContains(t, all[:i+2], v, "each view is another")
		require.Greater(t, v.Width*v.Height, float32(0.4))
		require.LessOrEqual(t, v.Left+v.Width, float32(1.0001))
	}
	for n := range 8 {
		require.Equal(t, all[:n+1], viewsOf("parts/a.jpg", n+1), "fewer are the first of them")
	}
	require.NotEqual(t, all[2:], viewsOf("parts/b.jpg", 8)[2:], "another picture is varied in another way")

	flips := 0
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		views := viewsOf(name, 8)
		require.False(t, views[2].Flip || views[3].Flip, "heads try mirrored views apart from varied ones")
		for _, v := range views[4:] {
			if v.Flip {
				flips++
			}
		}
	}
	require.Greater(t, flips, 4)
	require.Less(t, flips, 28)
}

// What a linear head is told of its rows is what they are.
func TestRowsAreTheFirstViews(t *testing.T) {
	rows, views := looks(1)
	for i, v := range viewsOf("a", views)[:len(rows)] {
		want := linear.Varied
		switch {
		case v == picture.Identity():
			want = linear.Plain
		case v.Flip:
			want = linear.Flipped
		}
		require.Equal(t, want, rows[i], i)
	}
}
