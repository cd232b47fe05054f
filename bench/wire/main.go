// Command wire measures what a call costs that does next to nothing: DescribeProjects, signed with Signature Version 4,
// beside the server's own GET /healthz, which has neither a signature nor JSON nor a database.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"

	"ownsight/bench/internal/contest"
	"ownsight/bench/internal/rig"
)

const (
	rounds   = 20
	turn     = 500 * time.Millisecond
	projects = 10 // in the account, and so in each answer
)

func main() { rig.Main(run, "OWNSIGHT", "FOLDER") }

func run(ctx context.Context, args []string) (err error) {
	folder := rig.Folder(args[1])
	server, err := rig.Serve(ctx, args[0], filepath.Join(args[1], "wire"), folder.Log(), "0,1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	client := rekognition.NewFromConfig(server.AWS)
	for i := range projects {
		if _, err := client.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: aws.String(fmt.Sprintf("p%d", i))}); err != nil {
			return err
		}
	}
	keys, err := server.AWS.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("### Calls of DescribeProjects (%d projects), server and load generator on the same two cores\n\n%s, %d rounds of %s in turn, load %s before.\n\n",
		projects, rig.Now(), rounds, turn, rig.Load())
	var rivals []contest.Rival
	var names []string
	for _, connections := range []int{1, 8} {
		for _, signed := range []bool{false, true} {
			rivals = append(rivals, newLoad(server, connections, keys, signed))
			names = append(names, fmt.Sprintf("%s, %d connections", map[bool]string{true: "DescribeProjects", false: "GET /healthz"}[signed], connections))
		}
	}
	results, err := contest.Play(ctx, rounds, turn, rivals...)
	if err != nil {
		return err
	}
	report(names, results)
	return nil
}

func report(names []string, results [][]contest.Figures) {
	median := func(figures []contest.Figures, of func(contest.Figures) float64) float64 {
		values := make([]float64, len(figures))
		for i, f := range figures {
			values[i] = of(f)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	fmt.Println("| medians of the rounds | requests/s | p50 | p99 | server's CPU a request | load generator's CPU a request |")
	fmt.Println("|---|---|---|---|---|---|")
	for i, name := range names {
		fmt.Printf("| %s | %.0f | %.0f µs | %.0f µs | %.0f µs | %.0f µs |\n", name,
			median(results[i], contest.Figures.Rate),
			median(results[i], func(f contest.Figures) float64 { return 1000 * f.Quantile(0.5) }),
			median(results[i], func(f contest.Figures) float64 { return 1000 * f.Quantile(0.99) }),
			median(results[i], func(f contest.Figures) float64 { return 1000 * f.Milliseconds(f.CPU) }),
			median(results[i], func(f contest.Figures) float64 { return 1000 * f.Milliseconds(f.ClientCPU) }))
	}
	fmt.Println()
}

// load asks the server over so many connections, one question after the other on each.
type load struct {
	server      *rig.Server
	connections int
	keys        aws.Credentials
	signed      bool
	http        *http.Client
}

func newLoad(s *rig.Server, connections int, keys aws.Credentials, signed bool) *load {
	return &load{s, connections, keys, signed, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}}
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
			for time.Since(began) < d && errs[i] == nil {
				sent := time.Now()
				errs[i] = l.ask(ctx)
				latencies[i] = append(latencies[i], time.Since(sent).Seconds())
			}
		})
	}
	all.Wait()
	f.Seconds, f.ClientCPU = time.Since(began).Seconds(), contest.OwnCPU()-own
	f.Latencies = slices.Concat(latencies...)
	f.Pictures = len(f.Latencies)
	after, err := l.server.CPU()
	f.CPU = after - server
	return f, errors.Join(append(errs, err)...)
}

const body = "{}"

var bodyHash = func() string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}()

func (l *load) ask(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.server.Endpoint+"/healthz", nil)
	if l.signed {
		r, err = http.NewRequestWithContext(ctx, http.MethodPost, l.server.Endpoint+"/", strings.NewReader(body))
	}
	if err != nil {
		return err
	}
	if l.signed {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "RekognitionService.DescribeProjects")
		if err := v4.NewSigner().SignHTTP(ctx, l.keys, r, bodyHash, "rekognition", l.server.AWS.Region, time.Now()); err != nil {
			return err
		}
	}
	answer, err := l.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, content)
	}
	return err
}
