package classify

import (
	"math"

	"ownsight/internal/vision/evaluate"
	"ownsight/internal/vision/model"
)

// Mixture is by what the logits of a linear head and of a tail are multiplied before they are added. A part whose factor
// is 0 is none of the model. The temperature is in the factors.
type Mixture struct {
	Linear float64 `json:"linear"`
	Tail   float64 `json:"tail"`
}

// sum adds logits of the same pictures.
func (m Mixture) sum(head, tail evaluate.Logits) evaluate.Logits {
	both := head
	both.Values = make([]float32, len(head.Values))
	for i, h := range head.Values {
		both.Values[i] = float32(m.Linear*float64(h)) + float32(m.Tail*float64(tail.Values[i]))
	}
	return both
}

// What a part has to win on held-out pictures, in nats, to be taken: a hundred pictures are few.
const (
	tailHandicap = 3 // of a tail beside a head alone, for it must be served
	// lopsided is that of a part alone beside an even mixture. Even ones did better on pictures of other days and other
	// places than held-out pictures of the same days foretold; docs/decisions has the figures.
	lopsided = 2
)

// handicap is that of a mixture in which the tail has a share, 0 to 1.
func handicap(share float64) float64 {
	if share == 0 {
		return 0
	}
	uneven := 2*share - 1
	return tailHandicap + lopsided*uneven*uneven
}

// shares of a tail that are tried: finer ones cannot be told apart.
const shares = 10

// mix finds the mixture of the least loss, its handicap counted, and the tail's share in it. Each part is first brought to
// its own temperature, so that a share means what it says.
func mix(head, tail evaluate.Logits) (best Mixture, share float64, err error) {
	var part [2]float64
	for i, l := range []evaluate.Logits{head, tail} {
		temperature, err := l.Temperature()
		if err != nil {
			return best, 0, err
		}
		part[i] = 1 / temperature
	}
	least := math.Inf(1)
	for i := range shares + 1 {
		s := float64(i) / shares
		m := Mixture{(1 - s) * part[0], s * part[1]}
		temperature, err := m.sum(head, tail).Temperature()
		if err != nil {
			return best, 0, err
		}
		m = Mixture{m.Linear / temperature, m.Tail / temperature}
		if total := nats(m.sum(head, tail)) + handicap(s); total < least {
			best, share, least = m, s, total
		}
	}
	return best, share, nil
}

// nats is the sum of what pictures lose, over all their labels.
func nats(l evaluate.Logits) float64 {
	sum := l.LogLoss(1) * float64(len(l.Truth))
	if l.Task == model.MultiLabel {
		sum *= float64(l.K)
	}
	return sum
}
