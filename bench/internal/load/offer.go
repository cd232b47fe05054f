package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"ownsight/bench/internal/contest"
)

// Offered is what became of requests that were sent at a rate of their own.
type Offered struct {
	Seconds   float64   `json:"seconds"` // for which requests were sent
	Sent      int       `json:"sent"`
	Good      int       `json:"good"`      // answers within those seconds
	Accepted  []float64 `json:"accepted"`  // seconds from when a request was due to its answer
	Refused   []float64 `json:"refused"`   // the same to its refusal
	Late      []float64 `json:"late"`      // seconds from when a request was due to its sending: the load generator's own part
	ClientCPU float64   `json:"clientCPU"` // seconds
}

// Goodput is answers a second.
func (o Offered) Goodput() float64 { return float64(o.Good) / o.Seconds }

// Refusal is how a server that is asked too much answers.
const Refusal = "ProvisionedThroughputExceededException"

// Pace is when requests are sent.
type Pace struct {
	Rate float64 `json:"rate"` // a second
	// Even leaves the same time between any two; else they come at times of a Poisson process, as people who do not know of
	// one another ask.
	Even bool `json:"even"`
}

// gap is the time until the next request.
func (p Pace) gap(random *rand.Rand) time.Duration {
	times := 1.0
	if !p.Even {
		times = random.ExpFloat64()
	}
	return time.Duration(times / p.Rate * float64(time.Second))
}

// Offer sends requests at a pace whatever becomes of the ones before, over as many connections as it takes. It waits for
// all answers; one that is neither success nor Refusal is an error.
func (l *Load) Offer(ctx context.Context, p Pace, d time.Duration) (o Offered, err error) {
	random := rand.New(rand.NewPCG(uint64(1000*p.Rate), uint64(d)))
	var mu sync.Mutex
	var all sync.WaitGroup
	began, own := time.Now(), contest.OwnCPU()
	next := began
	for n := 0; ; n++ {
		next = next.Add(p.gap(random))
		if next.Sub(began) >= d || ctx.Err() != nil {
			break
		}
		due := next
		time.Sleep(time.Until(due))
		all.Go(func() {
			late := time.Since(due).Seconds()
			status, _, body, failed := l.target.send(ctx, l.wide, l.requests[n%len(l.requests)])
			took := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			o.Late = append(o.Late, late)
			switch {
			case failed != nil:
				err = failed
			case status == http.StatusOK:
				o.Accepted = append(o.Accepted, took.Seconds())
				if due.Add(took).Sub(began) < d {
					o.Good++
				}
			case strings.Contains(string(body), Refusal):
				o.Refused = append(o.Refused, took.Seconds())
			default:
				err = fmt.Errorf("%d: %.300s", status, body)
			}
		})
	}
	time.Sleep(time.Until(began.Add(d)))
	all.Wait()
	o.Seconds, o.Sent, o.ClientCPU = d.Seconds(), len(o.Late), contest.OwnCPU()-own
	return o, err
}
