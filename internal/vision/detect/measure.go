package detect

import (
	"context"
	"fmt"
	"math"

	"ownsight/internal/threads"
	"ownsight/internal/vision/nn/runtime"
)

const measured = 24 // pictures that the statistics of the maps are taken from

// measure looks at some pictures and gives the statistics of their maps.
func (w *work) measure(ctx context.Context) (statistics, error) {
	from := w.shape.mapNames()
	behind := []string{"stride16", "stride32"}[len(from)-1:]
	tail, err := w.whole.Extract(from[len(from)-1:], behind)
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	session, err := newSession(tail)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	n := min(measured, len(w.data.Pictures))
	seen := make([]map[string][]float32, n)
	group, ctx := threads.Background.Group(ctx)
	group.SetLimit(w.options.Workers)
	for i := range n {
		group.Go(func() error {
			dst := w.newMaps()
			if err := w.front.look(ctx, i*len(w.data.Pictures)/n, whole(w.shape.Size), dst); err != nil {
				return err
			}
			out := make([]runtime.Tensor, len(behind))
			if err := session.Run(ctx, w.tensors(dst)[len(from)-1:], out); err != nil {
				return err
			}
			seen[i] = map[string][]float32{}
			for j, name := range from {
				seen[i][name] = dst[j]
			}
			for j, name := range behind {
				seen[i][name] = out[j].Float32
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	stats := statistics{}
	for name, channels := range map[string]int{"stride8": 40, "stride16": 112, "stride32": 320} {
		s := stats[name]
		for c := range channels {
			var sum, squares, count float64
			for _, m := range seen {
				area := len(m[name]) / channels
				for _, v := range m[name][c*area : (c+1)*area] {
					sum, squares, count = sum+float64(v), squares+float64(v)*float64(v), count+1
				}
			}
			mean := sum / count
			s.Mean = append(s.Mean, float32(mean))
			s.Deviation = append(s.Deviation, float32(math.Sqrt(max(squares/count-mean*mean, 0))))
		}
		stats[name] = s
	}
	return stats, nil
}

func (w *work) newMaps() [][]float32 {
	var list [][]float32
	for _, n := range w.shape.lengths() {
		list = append(list, make([]float32, n))
	}
	return list
}

// tensors are the maps of one picture as the tail takes them.
func (w *work) tensors(dst [][]float32) []runtime.Tensor {
	var list []runtime.Tensor
	for i, m := range w.shape.maps() {
		list = append(list, runtime.Floats(dst[i], 1, int64(m.channels),
			int64(w.shape.Size.Height/m.stride), int64(w.shape.Size.Width/m.stride)))
	}
	return list
}
