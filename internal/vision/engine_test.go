package vision_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ownsight/internal/vision"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/picture"
)

// open gives an engine, and skips the test where the network has not been made.
func open(t *testing.T, o vision.Options) *vision.Engine {
	t.Helper()
	if _, err := backbone.Whole(); err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	o.Threads, o.Pixels = 2, 1<<24
	e, err := vision.Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

// drawn is a PNG of waves with its planes of red, green and blue, 0 to 255.
func drawn(t *testing.T, width, height int) (file []byte, planes []float32) {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	planes = make([]float32, 3*width*height)
	for y := range height {
		for x := range width {
			var rgb [3]uint8
			for c := range rgb {
				rgb[c] = uint8(128 + 100*math.Sin(float64(x*(c+1))/17)*math.Cos(float64(y)/(9+float64(c))))
				planes[(c*height+y)*width+x] = float32(rgb[c])
			}
			img.SetNRGBA(x, y, color.NRGBA{rgb[0], rgb[1], rgb[2], 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes(), planes
}

func TestLookAtTwoSizes(t *testing.T) {
	e := open(t, vision.Options{})
	require.Equal(t, backbone.Float32, e.Net().Front)
	require.Equal(t, 2, e.Threads())
	for name, c := range map[string]struct {
		size    picture.Size
		outputs []string
		shapes  [][]int64
	}{
		"labels": {picture.Size{}, []string{backbone.Features, backbone.Stride16}, [][]int64{{1, backbone.FeatureCount}, {1, 112, 14, 14}}},
		"boxes":  {picture.Size{Width: 320, Height: 256}, []string{backbone.Stride32, backbone.Stride8}, [][]int64{{1, 320, 8, 10}, {1, 40, 32, 40}}},
	} {
		t.Run(name, func(t *testing.T) {
			size := c.size
			if size == (picture.Size{}) {
				size = picture.Square(vision.Side)
			}
			file, planes := drawn(t, size.Width, size.Height) // just as large as the input: nothing is resampled
			ask := vision.Ask{Outputs: c.outputs, Size: c.size}
			seen, err := e.Look(t.Context(), file, ask)
			require.NoError(t, err)
			require.Len(t, seen, 1)
			net, err := backbone.Open(backbone.Options{Outputs: c.outputs, Width: size.Width, Height: size.Height})
			require.NoError(t, err)
			defer net.Close()
			for i, v := range planes {
				planes[i] = (v - 127) / 128
			}
			want, err := net.Look(t.Context(), backbone.Input{Floats: planes}, nil)
			require.NoError(t, err)
			for i, shape := range c.shapes {
				require.Equal(t, shape, seen[0][i].Shape)
				require.Equal(t, want[i].Float32, seen[0][i].Float32, c.outputs[i])
			}

			mirrored := picture.Identity()
			mirrored.Flip = true
			ask.Views = []picture.View{mirrored, picture.Identity()}
			views, err := e.Look(t.Context(), file, ask)
			require.NoError(t, err)
			require.Len(t, views, 2)
			require.Equal(t, seen[0], views[1], "the whole picture, whatever was looked at before")
			require.NotEqual(t, seen[0], views[0])

			var group errgroup.Group
			for range 6 {
				group.Go(func() error {
					again, err := e.Look(t.Context(), file, ask)
					if err == nil && !reflect.DeepEqual(views, again) {
						err = errors.New("others at the same time change what is seen")
					}
					return err
				})
			}
			require.NoError(t, group.Wait())
		})
	}
}

// A crop of a picture that is decoded finer comes closer to the crop itself.
func TestAFineLookAtACrop(t *testing.T) {
	e := open(t, vision.Options{})
	whole, _ := drawn(t, 896, 896)
	corner, _ := drawn(t, 448, 448)
	quarter := picture.Identity()
	quarter.Width, quarter.Height = 0.5, 0.5
	look := func(file []byte, a vision.Ask) []float32 {
		a.Outputs = []string{backbone.Features}
		seen, err := e.Look(t.Context(), file, a)
		require.NoError(t, err)
		return seen[0][0].Float32
	}
	want := look(corner, vision.Ask{})
	off := func(fine bool) (sum float64) {
		for i, v := range look(whole, vision.Ask{Views: []picture.View{quarter}, Fine: fine}) {
			sum += math.Abs(float64(v - want[i]))
		}
		return sum
	}
	require.Less(t, off(true), off(false))
}

func TestPicturesThatCannotBeUsed(t *testing.T) {
	e := open(t, vision.Options{})
	good, _ := drawn(t, 100, 80)
	small, _ := drawn(t, 63, 80)
	require.NoError(t, e.Check(t.Context(), good))
	for name, c := range map[string]struct {
		file []byte
		err  error
	}{
		"nothing":   {nil, picture.ErrFormat},
		"text":      {[]byte("this is not a picture"), picture.ErrFormat},
		"cut short": {good[:len(good)/2], picture.ErrFormat},
		"small":     {small, picture.ErrDimensions},
	} {
		_, err := e.Look(t.Context(), c.file, vision.Ask{Outputs: []string{backbone.Features}})
		require.ErrorIs(t, err, c.err, name)
		require.ErrorIs(t, e.Check(t.Context(), c.file), c.err, name)
	}
	_, err := e.Look(t.Context(), good, vision.Ask{Outputs: []string{"stride64"}})
	require.ErrorContains(t, err, "stride64")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = e.Look(ctx, good, vision.Ask{Outputs: []string{backbone.Features}})
	require.ErrorIs(t, err, context.Canceled)
	_, err = e.Look(t.Context(), good, vision.Ask{Outputs: []string{backbone.Features}})
	require.NoError(t, err, "nobody who has left keeps a place")
}

// What is asked for while memory is given back is answered as ever.
func TestTrimWhileLooking(t *testing.T) {
	e := open(t, vision.Options{})
	file, _ := drawn(t, 300, 200)
	ctx := context.Background()
	asks := []vision.Ask{{Outputs: []string{backbone.Features}}, {Outputs: []string{backbone.Stride16}, Size: picture.Square(96)}}
	var want [][]float32
	for _, a := range asks {
		seen, err := e.Look(ctx, file, a)
		require.NoError(t, err)
		want = append(want, seen[0][0].Float32)
	}
	var group errgroup.Group
	for i := range 12 {
		group.Go(func() error {
			seen, err := e.Look(ctx, file, asks[i%len(asks)])
			if err != nil {
				return err
			}
			if !slices.Equal(want[i%len(asks)], seen[0][0].Float32) {
				return errors.New("another answer")
			}
			return e.Trim()
		})
	}
	require.NoError(t, group.Wait())
}
