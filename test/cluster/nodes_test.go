package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

const (
	home = "us-east-1"
	away = "eu-west-1" // its images lie in the other S3 server

	systemBucket = "cluster-system"
	port         = "8600"
)

// process is a server of ours on a host of its own.
type process struct {
	*server.Server
	name string
	host *host
	at   string // HOST:PORT

	mu     sync.Mutex
	wanted bool // to run: when it ends by itself, it is started again, as systemd would
	ended  int  // so often it did
}

// cluster is everything on the switch.
type cluster struct {
	t        *testing.T
	net      *network
	database *database
	storages [2]*process // an S3 server for everything of home, and one for away's images
	nodes    []*process
	http     *http.Client // to any host

	mu     sync.Mutex
	broken []string // promises, see fail
}

// newCluster starts everything. Each node can be given more arguments, and more of a configuration file.
func newCluster(t *testing.T, size int, arguments func(node int) []string, configuration func(node int, at string) string) *cluster {
	t.Helper()
	return newClusterOf(t, "", size, arguments, configuration)
}

// newClusterOf starts everything, the nodes with another program than the present one unless it is empty.
func newClusterOf(t *testing.T, program string, size int, arguments func(node int) []string, configuration func(node int, at string) string) *cluster {
	t.Helper()
	c := &cluster{t: t}
	t.Cleanup(c.verdict) // after what servers logged, which is long
	c.net = newNetwork(t)
	c.http = &http.Client{Transport: &http.Transport{DialContext: c.net.dial, MaxIdleConnsPerHost: 16}}
	c.database = newDatabase(t, c.net)
	for i := range c.storages {
		// What it logs of requests is of no interest, and it is asked very often.
		c.storages[i] = c.process("s3-"+strconv.Itoa(i), func(string) []string { return []string{"--log", "warn"} })
		c.storages[i].Setenv("OWNSIGHT_AUDIT", "off")
		c.start(c.storages[i])
	}
	c.await("both S3 servers are ready", func(ctx context.Context) bool { return c.ready(ctx, c.storages[0]) && c.ready(ctx, c.storages[1]) })
	for i := range size {
		c.nodes = append(c.nodes, c.process("node"+strconv.Itoa(i), func(at string) []string {
			file := filepath.Join(t.TempDir(), "ownsight.yaml")
			require.NoError(t, os.WriteFile(file, []byte(c.configuration()+configuration(i, at)), 0o600))
			return append([]string{"--config", file}, arguments(i)...)
		}))
		c.nodes[i].Path = program
	}
	for _, n := range c.nodes { // together, on an empty database
		c.start(n)
	}
	for _, n := range c.nodes {
		c.await(n.name+" is ready", func(ctx context.Context) bool { return c.ready(ctx, n) })
	}
	ctx, cancel := context.WithCancel(context.Background())
	var supervisor sync.WaitGroup
	supervisor.Go(func() { c.supervise(ctx) })
	t.Cleanup(func() {
		cancel()
		supervisor.Wait()
	})
	return c
}

// configuration is what the nodes have in common: one PostgreSQL, one S3 server, another one for the images of away, and no
// limits.
func (c *cluster) configuration() string {
	s3 := func(s *process) string {
		key := c.key(s)
		return fmt.Sprintf("{endpoint: %q, region: us-east-1, access-key: %q, secret-key: %q, bucket: %s}", s.Endpoint, key.AccessKeyID, key.SecretAccessKey, systemBucket)
	}
	return fmt.Sprintf("database: %q\ns3: %s\nplaces:\n  %s: %s\nlimits: {projects: 0, versions: 0, tags: 0, images: 0, image-copies: 0, image-updates: 0}\n",
		c.database.url(), s3(c.storages[0]), away, s3(c.storages[1]))
}

// process prepares a server on a new host.
func (c *cluster) process(name string, arguments func(at string) []string) *process {
	h := c.net.host(c.t, name)
	p := &process{name: name, host: h, at: h.ip + ":" + port}
	p.Server = server.New(c.t, arguments(p.at)...)
	p.Endpoint = "http://" + p.at
	return p
}

// first is the node that made the default account, and so has its key.
func (c *cluster) first() *process {
	for _, n := range c.nodes {
		if _, err := os.Stat(filepath.Join(n.Dir, "credentials")); err == nil {
			return n
		}
	}
	c.t.Fatal("no node has the key of the default account")
	return nil
}

// key is the default account's on a server.
func (c *cluster) key(p *process) aws.Credentials {
	key, err := p.Config(c.t, "default").Credentials.Retrieve(c.t.Context())
	require.NoError(c.t, err)
	return key
}

// ready asks a server whether it takes work.
func (c *cluster) ready(ctx context.Context, p *process) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Endpoint+"/readyz", nil)
	require.NoError(c.t, err)
	answer, err := c.http.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is used again
	return answer.StatusCode == http.StatusOK
}

// fail notes a promise that was broken.
func (c *cluster) fail(format string, args ...any) {
	c.t.Helper()
	c.t.Errorf(format, args...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = append(c.broken, fmt.Sprintf(format, args...))
}

// verdict says once more what was broken.
func (c *cluster) verdict() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.broken) > 0 {
		c.t.Logf("BROKEN:\n%s", strings.Join(c.broken, "\n"))
	}
}

func (c *cluster) await(what string, done func(context.Context) bool) {
	c.t.Helper()
	server.Eventually(c.t, server.Patience, what, done)
}

// start begins a server's life without waiting for it.
func (c *cluster) start(p *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted = true
	c.spawn(p)
}

func (c *cluster) spawn(p *process) {
	require.NoError(c.t, within(p.host.ns, func() error { p.Begin(c.t); return nil }))
}

// supervise starts servers again that have ended by themselves.
func (c *cluster) supervise(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, p := range c.nodes {
			p.mu.Lock()
			if p.wanted && len(p.host.processes()) == 0 && ctx.Err() == nil {
				p.ended++
				c.spawn(p)
			}
			p.mu.Unlock()
		}
	}
}

// kill ends a server as a power cut would.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted = false
	p.Kill()
}

// stop ends it as an operator does, and gives its exit code.
func (p *process) stop(t *testing.T) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted = false
	return p.Terminate(t)
}

func (p *process) pause() error { return p.host.signal(syscall.SIGSTOP) }

func (p *process) resume() error { return p.host.signal(syscall.SIGCONT) }

// complaints counts what a server logged above INFO, by its message and cause without what differs each time.
func (p *process) complaints() map[string]int {
	count := map[string]int{}
	for _, line := range p.Complaints() {
		_, said, _ := strings.Cut(line, " level=")
		said = varying.ReplaceAllString(said, "#")
		count[said[:min(len(said), 300)]]++
	}
	return count
}
