// Package cluster lets the servers that share a database know which of them live, and call each other.
//
// Every node writes a beat into its row and reads those of the others. A node whose beat has not changed for a while, as
// the reader's own clock tells, is taken to be lost and its row is removed; it comes back with its next beat. Nobody
// leads, and no clocks need to agree.
package cluster

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/store"
)

const (
	beatEvery = time.Second
	// lostAfter is how long a beat may stay the same. What a lost node did is taken over then, so it must be well above any
	// pause of a node or its database, and it is part of the time for which models are without their node.
	lostAfter = 5 * time.Second
	// blindAfter is for how long this node may not have looked before what it saw counts as if it were new: a living node's beat
	// is up to two old when the looking stops, and must not become older than lostAfter.
	blindAfter = lostAfter - 2*beatEvery
	// suspectFor is how long a node that could not be reached is only called when there is no other.
	suspectFor = 2 * time.Second
	dialTime   = time.Second
	tidyEvery  = 5 * time.Minute
)

// Options say who a node is.
type Options struct {
	Store *store.Store
	Self  ownsight.Node // Beat and Leaving are the cluster's own
	Now   func() time.Time
	Log   *slog.Logger
	// Authorities are those that certificates of nodes at https:// are held against, asked at every new connection; nil: the
	// system's.
	Authorities func() *x509.CertPool
}

// Cluster is a node's view of all. Make one with Join, then Leave and Close it. Its methods may be called concurrently.
type Cluster struct {
	Options
	secret   string
	verifier *awswire.Verifier
	client   *http.Client
	handlers map[string]Handler

	mu      sync.Mutex
	nodes   map[string]sighting
	looked  time.Time            // when the rows were read last
	suspect map[string]time.Time // when a call of a node failed

	stop  context.CancelFunc
	beats sync.WaitGroup
}

// sighting is when a node's row was first seen as it is.
type sighting struct {
	node ownsight.Node
	at   time.Time
}

// Join makes this node known to the others and finds out about them. It beats from then on.
func Join(ctx context.Context, o Options) (*Cluster, error) {
	c := &Cluster{Options: o, handlers: map[string]Handler{}, nodes: map[string]sighting{}, suspect: map[string]time.Time{}}
	c.Self.Beat = o.Now().UnixMilli() // above that of an earlier life
	dialer := &net.Dialer{Timeout: dialTime, KeepAlive: 5 * time.Second}
	transport := &http.Transport{
		DialContext:         dialer.DialContext,
		MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, WriteBufferSize: 64 << 10, DisableCompression: true,
	}
	if o.Authorities != nil {
		transport.DialTLSContext = dialTLS(dialer, o.Authorities)
	}
	c.client = &http.Client{Transport: transport}
	err := o.Store.Write(ctx, func(tx *store.Tx) (err error) {
		c.secret, err = tx.Nodes().Secret(ctx, "cluster", rand.Text()+rand.Text())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the nodes' secret: %w", err)
	}
	c.verifier = awswire.NewVerifier(keys{c.secret}, o.Now)
	if err := c.beat(ctx); err != nil {
		return nil, err
	}
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	if !o.Store.Dialect().Shared {
		// Rows of others are then of earlier lives, under other names.
		return c, c.remove(ctx, c.others())
	}
	c.beats.Go(func() { c.beatUntil(beating) })
	return c, nil
}

// dialTLS connects to a node whose certificate one of the authorities has signed for the host of its address.
func dialTLS(dialer *net.Dialer, authorities func() *x509.CertPool) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		plain, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(plain, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host, RootCAs: authorities()})
		if err := secure.HandshakeContext(ctx); err != nil {
			plain.Close()
			return nil, err
		}
		return secure, nil
	}
}

func (c *Cluster) others() (list []ownsight.Node) {
	for _, n := range c.Live() {
		if n.Name != c.Name() {
			list = append(list, n)
		}
	}
	return list
}

// Handle makes a call known, before any comes in.
func (c *Cluster) Handle(name string, h Handler) { c.handlers[name] = h }

// Name is this node's.
func (c *Cluster) Name() string { return c.Self.Name }

// Live gives the nodes that take work, by name: this one, unless it is leaving, and those whose beat goes on.
func (c *Cluster) Live() []ownsight.Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []ownsight.Node
	for _, s := range c.nodes {
		if !s.node.Leaving {
			list = append(list, s.node)
		}
	}
	slices.SortFunc(list, func(a, b ownsight.Node) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Leave tells the others that this node takes no new work. It goes on beating until Close.
func (c *Cluster) Leave(ctx context.Context) error {
	c.mu.Lock()
	c.Self.Leaving = true
	c.mu.Unlock()
	return c.beat(ctx)
}

// Close ends the beat and removes this node's row.
func (c *Cluster) Close() error {
	c.stop()
	c.beats.Wait()
	c.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), lostAfter)
	defer cancel()
	self := c.Self // nobody changes it any more
	return c.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Nodes().Put(ctx, self); err != nil { // the last beat may not have been written
			return err
		}
		_, err := tx.Nodes().Remove(ctx, self)
		return err
	})
}

func (c *Cluster) beatUntil(ctx context.Context) {
	tick, tidy := time.NewTicker(beatEvery), time.NewTicker(tidyEvery)
	defer tick.Stop()
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tidy.C:
			trying, cancel := context.WithTimeout(ctx, beatEvery)
			if err := c.Store.Tidy(trying, c.Now()); err != nil && ctx.Err() == nil {
				c.Log.Warn("the database is tidied later", "error", err)
			}
			cancel()
			continue
		case <-tick.C:
		}
		trying, cancel := context.WithTimeout(ctx, lostAfter)
		if err := c.beat(trying); err != nil && ctx.Err() == nil {
			c.Log.Warn("the other nodes may take this one to be lost", "error", err)
		}
		cancel()
	}
}

// beat writes that this node lives, and reads which others do. Without a database everybody is taken to live on.
func (c *Cluster) beat(ctx context.Context) error {
	c.mu.Lock()
	c.Self.Beat++
	self := c.Self
	c.mu.Unlock()
	err := c.Store.Write(ctx, func(tx *store.Tx) error { return tx.Nodes().Put(ctx, self) })
	if err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	var rows []ownsight.Node
	err = c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.Nodes().List(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("the other nodes: %w", err)
	}
	return c.remove(ctx, c.see(rows))
}

// see takes note of rows and gives the nodes that are lost. Time in which this node could not look, because its database was
// away, is no silence of the others: they get as long as any to beat again.
func (c *Cluster) see(rows []ownsight.Node) (lost []ownsight.Node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	blind := now.Sub(c.looked) > blindAfter
	c.looked = now
	seen := make(map[string]sighting, len(rows))
	for _, row := range rows {
		last, known := c.nodes[row.Name]
		if !known || last.node.Beat != row.Beat {
			last = sighting{row, now}
			if !known && row.Name != c.Self.Name {
				c.Log.Info("node found", "node", row.Name, "address", row.Address, "roles", row.Roles.String())
			}
		}
		if blind {
			last.at = now
		}
		if now.Sub(last.at) > lostAfter && row.Name != c.Self.Name {
			lost = append(lost, row)
		}
		seen[row.Name] = last
	}
	for name := range c.nodes {
		if _, there := seen[name]; !there {
			c.Log.Info("node gone", "node", name)
		}
	}
	c.nodes = seen
	return lost
}

// remove takes lost nodes from the table, unless they have lived on meanwhile.
func (c *Cluster) remove(ctx context.Context, lost []ownsight.Node) error {
	var errs []error
	for _, node := range lost {
		c.Log.Warn("node lost", "node", node.Name, "address", node.Address)
		errs = append(errs, c.Store.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Nodes().Remove(ctx, node)
			return err
		}))
		c.mu.Lock()
		delete(c.nodes, node.Name)
		c.mu.Unlock()
	}
	return errors.Join(errs...)
}
