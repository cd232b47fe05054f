// Package load asks a server questions: as many as it answers (Work), or at a rate of one's own (Offer).
package load

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

// Request is one whose body is made and hashed already. Signing the hash is all that is left to do for each sending, so
// that the load generator takes little of the machine. The zero value is a GET /healthz.
type Request struct {
	path   string
	header http.Header
	body   []byte
	hash   string
}

// Call makes a request of an operation of Rekognition.
func Call(operation string, body []byte) Request {
	q := Post("/", "application/x-amz-json-1.1", body)
	q.header.Set("X-Amz-Target", "RekognitionService."+operation)
	return q
}

// Post makes a request of any server.
func Post(path, contentType string, body []byte) Request {
	sum := sha256.Sum256(body)
	return Request{path, http.Header{"Content-Type": {contentType}}, body, hex.EncodeToString(sum[:])}
}

// Target is a server that is asked.
type Target struct {
	Endpoint string                            // http://HOST:PORT
	CPU      func() (float64, error)           // the time that the server has taken, in seconds
	Sign     func(*http.Request, string) error // by the body's hash; nil for a server that wants no signature
}

// Signed is our server, asked with Signature Version 4.
func Signed(s *rig.Server, keys aws.Credentials) Target {
	signer := v4.NewSigner()
	return Target{s.Endpoint, s.CPU, func(r *http.Request, hash string) error {
		return signer.SignHTTP(r.Context(), keys, r, hash, "rekognition", s.AWS.Region, time.Now())
	}}
}

// Load asks a server, over so many connections, one question after the other on each.
type Load struct {
	target      Target
	connections []*http.Client // of one connection each
	wide        *http.Client   // of many, for Offer
	requests    []Request
}

// New makes a load of requests to our server, which are sent in turn.
func New(s *rig.Server, connections int, keys aws.Credentials, requests []Request) *Load {
	return To(Signed(s, keys), connections, requests)
}

// To makes a load of requests to any server, which are sent in turn.
func To(t Target, connections int, requests []Request) *Load {
	l := &Load{target: t, requests: requests, wide: client(1 << 10)}
	for range connections {
		l.connections = append(l.connections, client(1))
	}
	return l
}

func client(connections int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true, WriteBufferSize: 64 << 10}}
}

// Work is one turn.
func (l *Load) Work(ctx context.Context, d time.Duration) (f contest.Figures, err error) {
	server, err := l.target.CPU()
	if err != nil {
		return f, err
	}
	began, own := time.Now(), contest.OwnCPU()
	latencies, errs := make([][]float64, len(l.connections)), make([]error, len(l.connections))
	var all sync.WaitGroup
	for i, connection := range l.connections {
		all.Go(func() {
			for n := i; time.Since(began) < d && errs[i] == nil; n++ {
				sent := time.Now()
				_, errs[i] = l.target.ask(ctx, connection, l.requests[n%len(l.requests)])
				latencies[i] = append(latencies[i], time.Since(sent).Seconds())
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return f, err
	}
	f.Seconds, f.ClientCPU = time.Since(began).Seconds(), contest.OwnCPU()-own
	f.Latencies = slices.Concat(latencies...)
	f.Pictures = len(f.Latencies)
	after, err := l.target.CPU()
	f.CPU = after - server
	return f, err
}

// Ask sends one request; an answer other than success is an error.
func (l *Load) Ask(ctx context.Context, q Request) error {
	_, err := l.target.ask(ctx, l.connections[0], q)
	return err
}

// Spread opens the connections anew, so that each of a server's workers holds as many: those that share a socket take what
// comes, and the ones with more connections than others would answer later. A worker names itself in the header Worker
// of its answers; without it, or with one worker, the connections are only opened.
func (l *Load) Spread(ctx context.Context, workers int) error {
	most := (len(l.connections) + workers - 1) / workers
	held := map[string]int{}
	for i := range l.connections {
		for tries := 0; ; tries++ {
			l.connections[i].CloseIdleConnections()
			worker, err := l.target.ask(ctx, l.connections[i], l.requests[0])
			if err != nil {
				return err
			}
			if worker == "" || held[worker] < most {
				held[worker]++
				break
			}
			if tries == 100 {
				return fmt.Errorf("%s: all of a hundred connections went to workers that have enough: %v", l.target.Endpoint, held)
			}
		}
	}
	return nil
}

// ask sends one request and names the worker that answered, if it says so; an answer other than success is an error.
func (t Target) ask(ctx context.Context, client *http.Client, q Request) (worker string, err error) {
	status, header, body, err := t.send(ctx, client, q)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%d: %.300s", status, body)
	}
	return header.Get("Worker"), err
}

func (t Target) send(ctx context.Context, client *http.Client, q Request) (status int, header http.Header, body []byte, err error) {
	r, err := t.request(ctx, q)
	if err != nil {
		return 0, nil, nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header, body, err
}

func (t Target) request(ctx context.Context, q Request) (*http.Request, error) {
	if q.path == "" {
		return http.NewRequestWithContext(ctx, http.MethodGet, t.Endpoint+"/healthz", nil)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Endpoint+q.path, bytes.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	r.Header = q.header.Clone()
	if t.Sign == nil {
		return r, nil
	}
	return r, t.Sign(r, q.hash)
}
