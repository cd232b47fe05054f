// Package load asks a server questions, as many as it answers.
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

// Request is a call of Rekognition whose body is made and hashed already. Signing the hash is all that is left to do for
// each sending, so that the load generator takes little of the machine. The zero value is an unsigned GET /healthz.
type Request struct {
	operation string
	body      []byte
	hash      string
}

// Call makes a request of an operation.
func Call(operation string, body []byte) Request {
	sum := sha256.Sum256(body)
	return Request{operation, body, hex.EncodeToString(sum[:])}
}

// Load asks a server, over so many connections, one question after the other on each.
type Load struct {
	server      *rig.Server
	connections int
	keys        aws.Credentials
	requests    []Request
	http        *http.Client
}

// New makes a load of requests, which are sent in turn.
func New(s *rig.Server, connections int, keys aws.Credentials, requests []Request) *Load {
	return &Load{s, connections, keys, requests, &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: connections, DisableCompression: true, WriteBufferSize: 64 << 10,
	}}}
}

// Work is one turn.
func (l *Load) Work(ctx context.Context, d time.Duration) (f contest.Figures, err error) {
	server, err := l.server.CPU()
	if err != nil {
		return f, err
	}
	began, own := time.Now(), contest.OwnCPU()
	latencies, errs := make([][]float64, l.connections), make([]error, l.connections)
	var all sync.WaitGroup
	for i := range l.connections {
		all.Go(func() {
			for n := i; time.Since(began) < d && errs[i] == nil; n++ {
				sent := time.Now()
				errs[i] = l.Ask(ctx, l.requests[n%len(l.requests)])
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
	after, err := l.server.CPU()
	f.CPU = after - server
	return f, err
}

// Ask sends one request; an answer other than success is an error.
func (l *Load) Ask(ctx context.Context, q Request) error {
	r, err := l.request(ctx, q)
	if err != nil {
		return err
	}
	answer, err := l.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return err
}

func (l *Load) request(ctx context.Context, q Request) (*http.Request, error) {
	if q.operation == "" {
		return http.NewRequestWithContext(ctx, http.MethodGet, l.server.Endpoint+"/healthz", nil)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.server.Endpoint+"/", bytes.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "RekognitionService."+q.operation)
	return r, v4.NewSigner().SignHTTP(ctx, l.keys, r, q.hash, "rekognition", l.server.AWS.Region, time.Now())
}
