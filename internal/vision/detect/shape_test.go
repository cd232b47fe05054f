package detect

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/picture"
)

// alike makes n pictures with one box each, labels in turn.
func alike(n, labels, width, height int, side float64) Data {
	d := Data{Labels: make([]string, labels)}
	for i := range n {
		d.Pictures = append(d.Pictures, Picture{Name: fmt.Sprint(i), Width: width, Height: height, Boxes: []boxes.Box{{
			Label: i % labels, Left: 0.1, Top: 0.1, Width: side / float64(width), Height: side / float64(height),
		}}})
	}
	return d
}

func TestTheInputFitsTheBoxes(t *testing.T) {
	tests := map[string]struct {
		data Data
		want picture.Size
	}{
		"usual":       {alike(10, 1, 640, 480, 80), picture.Size{Width: 512, Height: 384}},
		"small boxes": {alike(10, 1, 2000, 2000, 100), picture.Square(576)},
		"tiny boxes":  {alike(10, 1, 2000, 2000, 10), picture.Square(640)},
		"large boxes": {alike(10, 1, 1000, 1000, 800), picture.Square(320)},
		"many":        {alike(490, 1, 300, 300, 40), picture.Square(352)},
		"far more":    {alike(5000, 1, 300, 300, 40), picture.Square(320)},
		"many tiny":   {alike(5000, 1, 1000, 1000, 40), picture.Square(416)},
		"narrow":      {alike(10, 1, 200, 1000, 80), picture.Size{Width: 320, Height: 640}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, inputSize(test.data, DefaultBudget)) })
	}
	rare := alike(100, 1, 1000, 1000, 200)
	rare.Labels = append(rare.Labels, "rare")
	for _, p := range rare.Pictures[:5] {
		p.Boxes[0].Label, p.Boxes[0].Width, p.Boxes[0].Height = 1, 0.05, 0.05
	}
	require.Equal(t, picture.Square(576), inputSize(rare, DefaultBudget)) // half of a label's boxes are small
}

// Every size has a level, and what a level draws by itself is the mean of its boxes.
func TestLevels(t *testing.T) {
	s := plan(alike(10, 1, 640, 480, 100), picture.Size{Width: 512, Height: 384}, Shallow)
	require.InDelta(t, 80, s.Levels[1].Width, 1e-9)
	require.InDelta(t, 80, s.Levels[1].Height, 1e-9)
	require.Equal(t, 64*48+32*24+16*12, s.places())
	for side := 1.0; side < 600; side++ {
		n := 0
		for _, l := range s.Levels {
			if side >= l.Least && side < l.Most {
				n++
			}
		}
		require.True(t, n == 1 || n == 2, "%v", side)
	}
}

func TestEveryLabelIsHeldOutAndTrainedOn(t *testing.T) {
	d := alike(60, 6, 100, 100, 20)
	d.Pictures = append(d.Pictures, Picture{Name: "empty", Width: 100, Height: 100})
	held, rest := hold(d)
	require.Len(t, held, 12)
	require.Len(t, rest, 49)
	for _, part := range [][]int{held, rest} {
		labels := map[int]bool{}
		for _, i := range part {
			for _, b := range d.Pictures[i].Boxes {
				labels[b.Label] = true
			}
		}
		require.Len(t, labels, 6)
	}
}

func TestNothingIsHeldOutOfVeryFewPictures(t *testing.T) {
	for _, n := range []int{1, 4} {
		held, _ := hold(alike(n, 2, 100, 100, 20))
		require.Empty(t, held)
	}
	held, rest := hold(alike(5, 2, 100, 100, 20))
	require.Len(t, held, 1)
	require.Len(t, rest, 4)
}

func TestTheBudgetIsKept(t *testing.T) {
	size := picture.Square(448)
	few := newSchedule(alike(1, 1, 448, 448, 80), size, time.Hour)
	require.Equal(t, leastPasses/perStep, few.steps)
	require.Empty(t, few.trials)
	for pictures, trials := range map[int][]Recipe{60: {Shallow, Deep}, 400: {Shallow}, 5000: {Shallow}} {
		c := newSchedule(alike(pictures, 1, 448, 448, 80), size, 8*time.Minute)
		require.Equal(t, trials, c.trials)
		steps, dearest := 0.0, 0.0
		for _, r := range trials {
			steps += float64(c.trialSteps) * costs[r]
			dearest = max(dearest, costs[r])
		}
		seconds := (steps + float64(c.steps)*dearest) * secondsAPixel * 448 * 448 * perStep
		require.LessOrEqual(t, seconds, 485.0)
		require.Greater(t, seconds, 295.0) // mostEpochs and leastPasses may want less
	}
}
