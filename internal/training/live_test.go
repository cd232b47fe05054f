package training

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/training/report/page"
	"ownsight/internal/vision/classify"
	"ownsight/internal/vision/detect"
	"ownsight/internal/vision/evaluate/boxes"
)

func shown(t *testing.T, l *live) (s told) {
	t.Helper()
	b, err := l.content()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &s))
	return s
}

func watched() *live {
	now := func() time.Time { return time.Unix(100, 0) }
	return &live{work: &work{Service: &Service{now: now}, state: state{Started: time.Unix(40, 0)}, progress: &progress{now: now}}}
}

func TestATrainingIsShown(t *testing.T) {
	l := watched()
	l.begin("look")
	l.progress.count("looking at pictures", 25, 100)
	s := shown(t, l)
	require.Equal(t, "look", s.Step)
	require.Equal(t, "looking at pictures", s.Doing)
	require.Equal(t, time.Minute, s.Updated.Sub(s.Began))
	require.InDelta(t, 0.25, *s.Share, 1e-9)
	require.Nil(t, s.SecondsLeft, "there is no telling yet")
	require.Empty(t, s.Candidates)
	require.Empty(t, s.Losses)

	l.begin("learn")
	l.judgedLabels(classify.Candidate{Name: "linear head", Figures: classify.Figures{Accuracy: 0.9, AveragePrecision: math.NaN(), LogLoss: 0.3}, Mixed: classify.Figures{Accuracy: 0.9, AveragePrecision: math.NaN(), LogLoss: 0.3}})
	require.Nil(t, shown(t, l).Candidates[0].Values[2])
	l.judgedLabels(classify.Candidate{Name: "linear head", Figures: classify.Figures{Accuracy: 0.8, LogLoss: 0.3}, Mixed: classify.Figures{LogLoss: 0.3}})
	l.judgedLabels(classify.Candidate{Name: "tail", Figures: classify.Figures{LogLoss: 0.4}, Mixed: classify.Figures{LogLoss: 0.2}})
	s = shown(t, l)
	require.Len(t, s.Candidates, 3)
	require.Equal(t, "tail, with the linear head", s.Candidates[2].Name)
	require.InDelta(t, 0.8, *s.Candidates[0].Values[1], 1e-9, "told again, it is the same candidate")
}

func TestBoxesAreShown(t *testing.T) {
	l := watched()
	l.judgedBoxes([]detect.Tried{{Recipe: detect.Shallow, Precision: &boxes.Precision{At50: 0.8, Mean: 0.5}}})
	s := shown(t, l)
	require.Equal(t, recipes[detect.Shallow], s.Candidates[0].Name)
	require.Equal(t, []float64{0.8, 0.5}, []float64{*s.Candidates[0].Values[0], *s.Candidates[0].Values[1]})
}

func TestLossesThatAreShown(t *testing.T) {
	l := watched()
	for step := range 4 {
		l.lost("trial", step+1, float32(4-step))
	}
	noted := l.story.Curves[0].Losses
	l.lost("trial", 3, 9) // an interruption: done anew
	require.Equal(t, []float32{4, 3, 9}, l.story.Curves[0].Losses)
	require.Equal(t, []float32{4, 3, 2, 1}, noted)
	l.lost("final", 51, float32(math.NaN())) // of another attempt, nothing is known
	l.lost("final", 52, 2)
	require.Equal(t, []page.Series{{Name: "trial", Points: []page.Point{{Step: 1, Loss: 4}, {Step: 2, Loss: 3}, {Step: 3, Loss: 9}}}, {Name: "final", Points: []page.Point{{Step: 52, Loss: 2}}}}, shown(t, l).Losses)
	l.lost("final", 80, 1) // what lies between is not known
	require.Equal(t, []page.Point{{Step: 80, Loss: 1}}, shown(t, l).Losses[1].Points)

	require.Len(t, thinned(0, make([]float32, 1050)), 96)
	require.Equal(t, 1050, thinned(0, make([]float32, 1050))[95].Step)
}
