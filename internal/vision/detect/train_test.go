package detect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// drawings are pictures with a red or a blue square on noise.
func drawings(n int) Data {
	random := rand.New(rand.NewPCG(5, 5))
	d := Data{Labels: []string{"red", "blue"}}
	var files [][]byte
	for i := range n {
		const side = 128
		canvas := image.NewNRGBA(image.Rect(0, 0, side, side))
		for j := range canvas.Pix {
			canvas.Pix[j] = byte(100 + random.IntN(50))
		}
		p := Picture{Name: fmt.Sprint(i), Width: side, Height: side}
		label, size := random.IntN(2), 24+random.IntN(24)
		x, y := random.IntN(side-size), random.IntN(side-size)
		for dy := range size {
			for dx := range size {
				canvas.Set(x+dx, y+dy, []color.Color{color.NRGBA{R: 250, A: 255}, color.NRGBA{B: 250, A: 255}}[label])
			}
		}
		share := func(v int) float64 { return float64(v) / side }
		p.Boxes = []boxes.Box{{Label: label, Left: share(x), Top: share(y), Width: share(size), Height: share(size)}}
		for j := 3; j < len(canvas.Pix); j += 4 {
			canvas.Pix[j] = 255
		}
		var file bytes.Buffer
		if err := png.Encode(&file, canvas); err != nil {
			panic(err)
		}
		files = append(files, file.Bytes())
		d.Pictures = append(d.Pictures, p)
	}
	d.File = func(_ context.Context, i int) ([]byte, error) { return files[i], nil }
	return d
}

// begin prepares a training of a few steps.
func begin(t *testing.T, d Data, trial, steps int, o Options) *training {
	t.Helper()
	if _, err := backbone.Whole(); err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	if o.Workers == 0 {
		o.Workers = 2
	}
	o.Budget = time.Second
	o.Decoder = picture.NewDecoder(picture.NewBudget(picture.DefaultBudget))
	run, err := prepare(d, picture.Square(128), o)
	require.NoError(t, err)
	run.schedule.trialSteps, run.schedule.steps = trial, steps
	return run
}

func TestSquaresAreFound(t *testing.T) {
	d := drawings(12)
	var stages []string
	share := 0.0
	run := begin(t, d, 1, 30, Options{Progress: func(p Progress) {
		require.GreaterOrEqual(t, p.Share, share)
		share = p.Share
		if len(stages) == 0 || stages[len(stages)-1] != p.Stage {
			stages = append(stages, p.Stage)
		}
	}})
	trained, err := run.train(context.Background())
	require.NoError(t, err)
	require.Equal(t, []string{"prepare", "trial", "train"}, stages)
	require.Len(t, trained.HeldOut, len(run.schedule.held))
	require.Equal(t, Shallow, trained.Tried[trained.Chosen].Recipe)
	require.Equal(t, []string{"stride8", "stride16"}, trained.Maps())

	whole, err := backbone.Whole()
	require.NoError(t, err)
	graph, err := trained.Graph(whole)
	require.NoError(t, err)
	session, err := newSession(graph)
	require.NoError(t, err)
	defer session.Close()
	found := 0
	for i, p := range d.Pictures {
		file, err := d.File(context.Background(), i)
		require.NoError(t, err)
		list := ask(t, session, file, trained.Size)
		require.NotEmpty(t, list)
		for j, b := range list {
			require.True(t, b.Left >= 0 && b.Top >= 0 && b.Left+b.Width < 1.001 && b.Top+b.Height < 1.001)
			require.True(t, j == 0 || b.Score <= list[j-1].Score)
		}
		if want, best := p.Boxes[0], list[0]; best.Label == want.Label && best.Left-want.Left < 0.1 &&
			want.Left-best.Left < 0.1 && best.Width/want.Width < 1.5 && want.Width/best.Width < 1.5 {
			found++
		}
	}
	require.GreaterOrEqual(t, found, 10)
}

func ask(t *testing.T, session *runtime.Session, file []byte, size picture.Size) []boxes.Detection {
	t.Helper()
	decoder := picture.NewDecoder(picture.NewBudget(picture.DefaultBudget))
	rgb, err := decoder.Decode(context.Background(), file, size)
	require.NoError(t, err)
	tensor := make([]float32, 3*size.Width*size.Height)
	picture.Tensor(rgb, picture.Identity(), size, tensor)
	for i, v := range tensor {
		tensor[i] = v*128 + 127
	}
	out := make([]runtime.Tensor, 3)
	in := runtime.Floats(tensor, 1, 3, int64(size.Height), int64(size.Width))
	require.NoError(t, session.Run(context.Background(), []runtime.Tensor{in}, out))
	return Detections(out[0].Float32, out[1].Float32, out[2].Int64)
}

// A training that is stopped in any stage and goes on from what it saved gives the same bytes, with other threads too.
func TestATrainingGoesOnAsIfItHadNotStopped(t *testing.T) {
	d := drawings(6)
	result := func(r *Trained) []byte {
		file, err := r.tail.Bytes()
		require.NoError(t, err)
		return append(file, fmt.Sprint(r.HeldOut)...)
	}
	var want []byte
	var states [][]byte
	run := begin(t, d, 2, 2, Options{Save: func(state []byte) error {
		states = append(states, bytes.Clone(state))
		return nil
	}})
	run.saveEvery = 0
	run.schedule.trials = []Recipe{Shallow, Deep}
	trained, err := run.train(context.Background())
	require.NoError(t, err)
	want = result(trained)
	require.Len(t, trained.Tried, 2)
	require.Len(t, states, 8) // after each step, and after the trials
	for _, i := range []int{0, 4, 6} {
		run := begin(t, d, 2, 2, Options{Saved: states[i], Workers: i})
		run.schedule.trials = []Recipe{Shallow, Deep}
		again, err := run.train(context.Background())
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, result(again)), "from state %d", i)
	}

	for _, other := range [][]byte{states[0][:99], []byte("{}"), nil} {
		require.Equal(t, begin(t, d, 2, 2, Options{}).state, begin(t, d, 2, 2, Options{Saved: other}).state)
	}
	require.Nil(t, begin(t, drawings(7), 3, 3, Options{Saved: states[0]}).state.Weights)
	require.NotNil(t, begin(t, d, 2, 2, Options{Saved: states[0]}).state.Weights)
}

// One picture of one of fifty labels, tiny and huge boxes, boxes over the edge, and one without any.
func TestOddData(t *testing.T) {
	d := drawings(2)
	d.Labels = make([]string, 50)
	d.Pictures[0].Boxes = []boxes.Box{
		{Label: 49, Width: 1, Height: 1}, {Label: 7, Left: 0.5, Top: 0.5, Width: 0.001, Height: 0.001},
		{Label: 7, Left: 0.9, Top: -0.1, Width: 0.3, Height: 0.3}, {Label: 3, Left: 2, Top: 2, Width: 1, Height: 1},
	}
	d.Pictures[1].Boxes = nil
	run := begin(t, d, 0, 3, Options{})
	trained, err := run.train(context.Background())
	require.NoError(t, err)
	require.Empty(t, trained.Tried)
	require.Empty(t, trained.HeldOut)
}

func TestATrainingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	run := begin(t, drawings(6), 2, 1000, Options{Progress: func(p Progress) {
		if p.Stage == "train" && p.Step == 1 {
			cancel()
		}
	}})
	_, err := run.train(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestATrainingEndsWithAPictureThatCannotBeRead(t *testing.T) {
	d := drawings(6)
	file := d.File
	var calls atomic.Int64
	d.File = func(ctx context.Context, i int) ([]byte, error) {
		if calls.Add(1) > 40 {
			return nil, errors.New("gone")
		}
		return file(ctx, i)
	}
	_, err := begin(t, d, 5, 5, Options{}).train(context.Background())
	require.ErrorContains(t, err, "gone")
}

func TestMistakes(t *testing.T) {
	good := drawings(1)
	change := func(apply func(d *Data)) Data {
		d := Data{Labels: good.Labels, File: good.File, Pictures: []Picture{good.Pictures[0]}}
		d.Pictures[0].Boxes = []boxes.Box{good.Pictures[0].Boxes[0]}
		apply(&d)
		return d
	}
	for want, d := range map[string]Data{
		"no labels or no pictures": change(func(d *Data) { d.Labels = nil }),
		"0 x 128 pixels":           change(func(d *Data) { d.Pictures[0].Width = 0 }),
		"label 2 of 2":             change(func(d *Data) { d.Pictures[0].Boxes[0].Label = 2 }),
		"an empty box":             change(func(d *Data) { d.Pictures[0].Boxes[0].Width = 0 }),
		"no picture has a box":     change(func(d *Data) { d.Pictures[0].Boxes = nil }),
		"picture 0: gone": change(func(d *Data) {
			d.File = func(context.Context, int) ([]byte, error) { return nil, errors.New("gone") }
		}),
	} {
		_, err := Train(context.Background(), d, Options{})
		require.ErrorContains(t, err, want)
	}
}
