package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// varying is what in a message differs each time.
var varying = regexp.MustCompile(`request=\S+ |duration=\S+ |failed to connect to .*|arn:aws:[^\s",]+|[0-9A-Z]{26}|\d+(\.\d+)*(:\d+)*`)

// attempt is one HTTP request that did not go well. What the service says by a 4xx went well.
type attempt struct {
	node       string
	operation  string
	cause      string
	told       error // in full, if there was no answer
	begin, end time.Time
}

// balancer sends each request to a random node that was ready when it was asked last, as the load balancer before a cluster
// would: one that refuses the connection is passed over, anything else is the client's to see.
type balancer struct {
	c         *cluster
	transport http.RoundTripper

	mu       sync.Mutex
	ready    map[string]bool
	failures []attempt
	asked    int
}

func newBalancer(c *cluster) *balancer {
	// A node closes connections on which nothing comes for ten seconds at first, for two minutes later. Who is to send a request on
	// one at that moment is told nothing, so the balancer closes them earlier, as any would.
	b := &balancer{c: c, transport: &http.Transport{DialContext: dialAtMost(c.net.dial, time.Second), MaxIdleConnsPerHost: 32, IdleConnTimeout: 4 * time.Second},
		ready: map[string]bool{}}
	for _, n := range c.nodes {
		b.ready[n.name] = true
	}
	return b
}

func dialAtMost(dial func(context.Context, string, string) (net.Conn, error), limit time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return dial(ctx, network, address)
	}
}

// watch asks every node three times a second whether it is ready.
func (b *balancer) watch(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	for _, n := range b.c.nodes {
		all.Go(func() {
			tick := time.NewTicker(time.Second / 3)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				ready := b.c.ready(ctx, n)
				b.mu.Lock()
				b.ready[n.name] = ready
				b.mu.Unlock()
			}
		})
	}
}

// without is the context of requests that are not to go to a node.
func without(ctx context.Context, node string) context.Context {
	return context.WithValue(ctx, avoided{}, node)
}

type avoided struct{}

// order gives the nodes in the order in which they are tried: ready ones first, each kind as chance will.
func (b *balancer) order(avoid string) (list []*process) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, ready := range []bool{true, false} {
		for _, i := range rand.Perm(len(b.c.nodes)) {
			if n := b.c.nodes[i]; b.ready[n.name] == ready && n.name != avoid {
				list = append(list, n)
			}
		}
	}
	return list
}

// RoundTrip sends a request to one of the nodes. The host that it was signed for stays.
func (b *balancer) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	avoid, _ := r.Context().Value(avoided{}).(string)
	var body []byte
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	a := attempt{operation: operationOf(r), begin: time.Now()}
	for _, n := range b.order(avoid) {
		out := r.Clone(r.Context())
		out.Host, out.URL.Host = r.URL.Host, n.at
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		out.Body, _ = out.GetBody()
		a.node = n.name
		answer, err = b.transport.RoundTrip(out)
		if dial := new(net.OpError); errors.As(err, &dial) && dial.Op == "dial" && r.Context().Err() == nil {
			continue // it never heard of it
		}
		break
	}
	a.end, a.cause, a.told = time.Now(), causeOf(answer, err), err
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked++; a.cause != "" {
		b.failures = append(b.failures, a)
	}
	return answer, err
}

func operationOf(r *http.Request) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndexByte(target, '.')+1:]
	}
	return r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
}

// causeOf says why a request did not go well; empty if it did.
func causeOf(answer *http.Response, err error) string {
	var dial *net.OpError
	switch {
	case err == nil && answer.StatusCode < 500:
		return ""
	case err == nil:
		return fmt.Sprintf("HTTP %d", answer.StatusCode)
	case errors.As(err, &dial) && dial.Op == "dial":
		return "no connection"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), strings.HasSuffix(err.Error(), "request canceled"): // the last by http.Client's timeout
		return "no answer in time"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection broken"
	}
	return varying.ReplaceAllString(err.Error(), "#")
}
