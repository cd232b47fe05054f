package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

// request is a DetectCustomLabels call whose body is made and hashed already. Signing the hash is all that is left to
// do for each sending, so that the load generator takes little of the machine.
type request struct {
	body []byte
	hash string
}

// load asks the server, over so many connections, one question after the other on each.
type load struct {
	server      *rig.Server
	connections int
	keys        aws.Credentials
	requests    []request
	http        *http.Client
}

func newLoad(s *rig.Server, connections int, keys aws.Credentials, requests []request) *load {
	return &load{s, connections, keys, requests, &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: connections, DisableCompression: true, WriteBufferSize: 64 << 10,
	}}}
}

func newRequests(folder, arn string) (list []request, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		file, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		body := fmt.Appendf(nil, `{"ProjectVersionArn":%q,"Image":{"Bytes":"%s"}}`, arn, base64.StdEncoding.EncodeToString(file))
		sum := sha256.Sum256(body)
		list = append(list, request{body, hex.EncodeToString(sum[:])})
	}
	return list, nil
}

// Work is one turn.
func (l *load) Work(ctx context.Context, d time.Duration) (f contest.Figures, err error) {
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
				errs[i] = l.ask(ctx, l.requests[n%len(l.requests)])
				latencies[i] = append(latencies[i], time.Since(sent).Seconds())
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return f, err
		}
	}
	f.Seconds, f.ClientCPU = time.Since(began).Seconds(), contest.OwnCPU()-own
	f.Latencies = slices.Concat(latencies...)
	f.Pictures = len(f.Latencies)
	after, err := l.server.CPU()
	f.CPU = after - server
	return f, err
}

func (l *load) ask(ctx context.Context, q request) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.server.Endpoint+"/", bytes.NewReader(q.body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "RekognitionService.DetectCustomLabels")
	if err := v4.NewSigner().SignHTTP(ctx, l.keys, r, q.hash, "rekognition", l.server.AWS.Region, time.Now()); err != nil {
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
