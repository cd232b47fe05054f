package cluster

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// aFewFaults are those of the short test.
var aFewFaults = []string{"kill", "crash of the database", "pause", "cut from the database", "fail-over of the database", "isolate", "stop"}

// TestCluster puts clients to work on three nodes under faults.
func TestCluster(t *testing.T) {
	seed := uint64(number(t, "OWNSIGHT_CLUSTER_SEED", int(time.Now().UnixMilli()%1e6)))
	minutes := number(t, "OWNSIGHT_CLUSTER_MINUTES", 0)
	t.Logf("OWNSIGHT_CLUSTER_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	c := newCluster(t, 3, plain, usual)
	l := prepare(t, c, 4)
	f := &faults{t: t, cluster: c, load: l, random: random, longest: 5 * time.Second, back: busy * promised}
	f.under(seed, func(ctx context.Context) {
		for _, name := range f.plan(t, minutes) {
			f.strike(name)
			rest(ctx, time.Duration(1+random.IntN(3))*time.Second)
			if minutes > 0 && time.Since(l.origin) > time.Duration(minutes)*time.Minute {
				break
			}
		}
	})
}

const (
	// promised is within which time a lost node's models run elsewhere, see docs/operations.md. The soak demands it.
	promised = 10 * time.Second
	// busy is how many times slower than usual a machine may be that runs other tests too.
	busy = 6
)

// plain nodes are given no more arguments, and usual ones no more configuration.
func plain(int) []string { return nil }

func usual(int, string) string { return "" }

// under makes trouble while clients work, and judges what they were told when everything is over.
func (f *faults) under(seed uint64, trouble func(context.Context)) {
	t, l := f.t, f.load
	t.Helper()
	working, enough := context.WithCancel(t.Context())
	defer enough()
	var all sync.WaitGroup
	all.Go(func() { l.run(working, seed) })
	watching, seen := context.WithCancel(t.Context())
	defer seen()
	all.Go(func() { l.balancer.watch(watching) })
	rest(working, 3*time.Second)
	trouble(working)
	enough()
	began := time.Now()
	l.settle()
	seen()
	all.Wait()
	t.Logf("the clients have ended %.1f s after the faults", time.Since(began).Seconds())

	l.ledger.requireAll(f.cluster)
	lost := 0
	for _, h := range l.histories {
		h.check(f.cluster)
		_, n := h.length()
		lost += n
	}
	t.Logf("%d histories judged, %d calls in them of unknown outcome", len(l.histories), lost)
	unexcused := f.report()
	t.Logf("calls that clients made:\n%s", table(l.ledger.counts))
	t.Logf("errors that clients were told, after what the SDK repeats:\n%s", table(l.strays))
	t.Logf("PostgreSQL refused %d transactions that met others", f.cluster.database.conflicts())
	longest := l.reportWaits(f)
	for _, n := range f.cluster.nodes {
		t.Logf("%s ended by itself %d times and logged:\n%s", n.name, n.ended, table(n.complaints()))
	}
	for _, what := range l.wrong {
		f.cluster.fail("wrong: %s", what)
	}
	for _, what := range unexcused {
		f.cluster.fail("failed although nothing was wrong with its node: %s", what)
	}
	if longest > f.back {
		f.cluster.fail("a lost node's models did not answer elsewhere for %s", longest)
	}
}

// plan is which faults come one after the other: each of a few in the test, any of all for as long as it takes in a soak.
func (f *faults) plan(t *testing.T, minutes int) []string {
	few, all := aFewFaults, slices.Sorted(maps.Keys(kinds))
	if chosen := os.Getenv("OWNSIGHT_CLUSTER_FAULTS"); chosen != "" {
		few = strings.Split(chosen, ",")
		all = few
		for _, name := range few {
			require.Contains(t, kinds, name)
		}
	}
	if minutes == 0 {
		return few
	}
	f.longest, f.back = 15*time.Second, promised
	var list []string
	for range minutes * 60 {
		list = append(list, all[f.random.IntN(len(all))])
	}
	return list
}

// number reads a variable of the environment.
func number(t *testing.T, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, fmt.Sprintf("%s=%s", name, text))
	return n
}
