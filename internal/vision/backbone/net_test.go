package backbone_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn"
)

// brought writes a network as an operator might bring one: the mean and the greatest value of each colour.
func brought(t *testing.T, change func(g *nn.Graph, picture nn.Value)) string {
	t.Helper()
	g := nn.New()
	picture := g.Input("picture", nn.Float32, g.Dim("N"), 3, g.Dim("H"), g.Dim("W"))
	change(g, picture)
	file, err := g.Bytes()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "colours.onnx")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	return path
}

func TestANetworkOfOnesOwn(t *testing.T) {
	path := brought(t, func(g *nn.Graph, picture nn.Value) {
		g.Output("features", g.Concat(1, picture.ReduceMean(false, 2, 3), picture.ReduceMax(false, 2, 3)))
	})
	n, err := backbone.FromFile(path)
	require.NoError(t, err)
	require.Equal(t, "colours", n.Name)
	require.Empty(t, n.Front)
	require.Equal(t, 6, n.Features)
	require.False(t, n.Tunable)
	require.Len(t, n.Digest, 64)

	b := open(t, backbone.Options{Net: n})
	picture := make([]float32, backbone.PictureLength)
	for i := range side * side {
		picture[i] = 0.5
	}
	picture[side*side] = 1
	out, err := b.Look(context.Background(), backbone.Input{Floats: picture}, nil)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float32{0.5, 1. / (side * side), 0, 0.5, 1, 0}, out[0].Float32, 1e-6)
}

func TestNetworksThatDoNotSuit(t *testing.T) {
	for want, change := range map[string]func(g *nn.Graph, picture nn.Value){
		"features": func(g *nn.Graph, p nn.Value) { g.Output("embedding", p.ReduceMean(false, 2, 3)) },
		"[N, numbers]": func(g *nn.Graph, p nn.Value) {
			g.Output("features", p.ReduceMean(true, 2, 3))
		},
		`"features" are of int64`: func(g *nn.Graph, p nn.Value) {
			g.Output("features", p.ReduceMean(false, 2, 3).Cast(nn.Int64))
		},
		`one input, "picture"`: func(g *nn.Graph, p nn.Value) {
			g.Output("features", p.ReduceMean(false, 2, 3).Add(g.Input("more", nn.Float32, g.Dim("N"), 3)))
		},
	} {
		_, err := backbone.FromFile(brought(t, change))
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "colours.onnx")
	}
	g := nn.New()
	g.Output("features", g.Input("picture", nn.Int64, g.Dim("N"), 3, 224, 224).Cast(nn.Float32).ReduceMean(false, 2, 3))
	whole, err := g.Bytes()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "whole.onnx")
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	_, err = backbone.FromFile(path)
	require.ErrorContains(t, err, `"picture" is of int64, not of float32`)

	path = filepath.Join(t.TempDir(), "text.onnx")
	require.NoError(t, os.WriteFile(path, []byte("no network"), 0o600))
	_, err = backbone.FromFile(path)
	require.Error(t, err)
	_, err = backbone.FromFile(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}
