package training

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/model"
	"ownsight/internal/objects"
	"ownsight/internal/store"
	"ownsight/internal/store/postgres"
	"ownsight/internal/store/postgres/pgtest"
	"ownsight/internal/store/sqlite"
	"ownsight/internal/vision"
	"ownsight/internal/vision/backbone"
	"ownsight/test/corpus"
)

// patience bounds every wait: far above what anything takes, on a machine that does much else too.
const patience = 5 * time.Minute

// onBoth runs a test on every database.
func onBoth(t *testing.T, test func(*testing.T, *store.Store)) {
	for name, open := range map[string]func() (*store.Store, error){
		"sqlite":   func() (*store.Store, error) { return sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db")) },
		"postgres": func() (*store.Store, error) { return postgres.Open(t.Context(), pgtest.URL(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := open()
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			test(t, s)
		})
	}
}

// nobody has a key: the server is only used from inside.
type nobody struct{}

func (nobody) S3Key(context.Context, string) (objects.S3Key, error) {
	return objects.S3Key{}, objects.ErrUnknownKey
}

// site is what nodes share besides their database.
type site struct {
	engine  *vision.Engine
	objects *objects.Store
	archive *model.Archive
	samples []sample // of six pictures, of which the last one is broken
}

const account = "111122223333"

var root = ownsight.Principal{Account: account}

func newSite(t *testing.T) *site {
	t.Helper()
	if _, err := backbone.Whole(); err != nil {
		t.Skipf("no backbone has been built: %v", err)
	}
	engine, err := vision.Open(vision.Options{Threads: 1, Pixels: 1 << 24})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, engine.Close()) })
	embedded, err := objects.NewEmbedded(objects.EmbeddedConfig{Dir: t.TempDir(), Keys: nobody{}})
	require.NoError(t, err)
	require.NoError(t, embedded.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, embedded.Stop()) })
	s := &site{engine: engine, objects: embedded.Store()}
	s.archive, err = model.OpenArchive(t.Context(), s.objects, "archive", nil)
	require.NoError(t, err)
	client := s.objects.As(root)
	require.NoError(t, client.EnsureBucket(t.Context(), "parts"))
	for i, drawn := range corpus.Pictures("", 3, corpus.Labels[:2]...) {
		content := string(drawn.File)
		if i == 5 {
			content = content[:len(content)/2]
		}
		_, err := client.Put(t.Context(), "parts", drawn.Key, strings.NewReader(content), objects.PutOptions{})
		require.NoError(t, err)
		s.samples = append(s.samples, sample{line: i, at: ownsight.Location{Bucket: "parts", Key: drawn.Key}})
	}
	return s
}

// pair is two nodes, of which b may help a, and a training of a's.
type pair struct {
	a, b   *Service
	calls  *direct
	looker *looker // a's
	shards []shard // two to train on and one to test with
	seen   int     // pictures
}

// newPair makes both on one database. The training was asked for by somebody. Their clock stands still: who is left alone for
// a while is left alone however long a test takes.
func (s *site) newPair(t *testing.T, db *store.Store, requester ownsight.Principal) *pair {
	t.Helper()
	p := &pair{calls: &direct{asked: map[string]int{}}}
	now := time.Now()
	node := func() *Service {
		n := &Service{store: db, archive: s.archive, objects: s.objects, engine: s.engine, program: "test", now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler), nodes: p.calls}
		n.sight = sync.OnceValues(n.see)
		return n
	}
	p.a, p.b = node(), node()
	p.b.hands.until = t.Context()
	p.calls.to = p.b
	p.calls.live = []ownsight.Node{{Name: "a", Roles: ownsight.AllRoles(), Program: "test"}, {Name: "b", Roles: ownsight.AllRoles(), Program: "test"}}

	name := strings.Map(func(r rune) rune {
		if r == ' ' || r == '/' {
			return '-'
		}
		return r
	}, t.Name())
	project := &ownsight.Project{ARN: ownsight.ProjectARN{Region: "us-east-1", Account: account, Name: name, Created: 1}, Created: time.Now(),
		Status: ownsight.ProjectCreated, Feature: ownsight.CustomLabels, AutoUpdate: "DISABLED"}
	version := &ownsight.Version{ARN: ownsight.VersionARN{Region: "us-east-1", Account: account, Project: name, Name: "v1", Created: time.Now().UnixNano()}, Created: time.Now(),
		Status: ownsight.VersionTraining, Requester: requester, Output: ownsight.Location{Bucket: "parts", Key: name}}
	require.NoError(t, db.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.Projects().Create(t.Context(), project); err != nil {
			return err
		}
		version.ProjectID, version.ProjectARN = project.ID, project.ARN
		return tx.Versions().Create(t.Context(), version)
	}))
	for i, kind := range []ownsight.DatasetType{ownsight.Train, ownsight.Train, ownsight.Test} {
		p.shards = append(p.shards, shard{name: shardName(s.engine.Net().Digest, kind, i%2), kind: kind, number: i % 2, samples: s.samples[2*i : 2*i+2]})
	}
	p.looker = &looker{Service: p.a, version: version, own: s.archive.Of(version), looking: looking{Rows: 2, Views: 3}}
	return p
}

// spread has b do what it takes of shards, while a does nothing itself.
func (p *pair) spread(t *testing.T, shards []shard) (*pool, *invitation) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	pool := newPool(ctx, shards, func(n int) { p.seen = n })
	i := &invitation{looker: p.looker, pool: pool, what: "looking", rests: map[string]time.Time{}, did: map[string]int{}}
	for range 2 {
		i.round(ctx, &progress{now: time.Now})
		i.lanes.Wait()
	}
	return pool, i
}

// direct is how nodes call each other in one process.
type direct struct {
	live []ownsight.Node
	to   *Service

	mu    sync.Mutex
	asked map[string]int
}

func (d *direct) Name() string          { return "a" }
func (d *direct) Live() []ownsight.Node { return d.live }

func (d *direct) count(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked[name]
}

func (d *direct) Call(ctx context.Context, node, name string, params any, _ []byte, answer any) error {
	d.mu.Lock()
	d.asked[name]++
	d.mu.Unlock()
	sent, err := json.Marshal(params)
	if err != nil {
		return err
	}
	var back any
	switch name {
	case callOffer:
		back, err = d.to.offer()
	case callLook:
		var e errand
		if err := json.Unmarshal(sent, &e); err != nil {
			return err
		}
		back, err = d.to.lookForOther(ctx, e)
	}
	if err != nil {
		return fmt.Errorf("node %s: %w", node, err)
	}
	told, err := json.Marshal(back)
	if err != nil {
		return err
	}
	return json.Unmarshal(told, answer)
}

// What another node makes of pictures is what this one does, to the bit, and so is what it says of a broken one.
func TestAnotherNodeLooks(t *testing.T) {
	s := newSite(t)
	onBoth(t, func(t *testing.T, db *store.Store) {
		p := s.newPair(t, db, root)
		notesOf := func(sh shard) shardNotes {
			b, err := p.looker.own.Get(t.Context(), sh.name+notesEnding, maxNotes)
			require.NoError(t, err)
			n, err := decodeNotes(b, len(sh.samples))
			require.NoError(t, err)
			return n
		}
		as := func(shards []shard) {
			_, i := p.spread(t, shards)
			require.Equal(t, map[string]int{"b": len(shards)}, i.did)
			require.Equal(t, 2*len(shards), p.seen, "every picture is counted")
			for _, sh := range shards {
				files, err := p.looker.results(t.Context(), sh, func() {})
				require.NoError(t, err)
				for _, f := range files {
					if len(f.content) > 0 {
						stored, err := p.looker.own.Get(t.Context(), sh.name+f.ending, 1<<24)
						require.NoError(t, err)
						require.True(t, bytes.Equal(f.content, stored), "%s%s", sh.name, f.ending)
					}
				}
			}
		}
		as(p.shards)
		require.Equal(t, 0, p.b.hands.others)
		require.True(t, p.b.hands.tidy())
		broken := notesOf(p.shards[2])
		require.Empty(t, broken.Pictures[0].Problem)
		require.NotEmpty(t, broken.Pictures[1].Problem)

		var closer []shard // at those whose digests are known
		for _, sh := range p.shards[:2] {
			samples := slices.Clone(sh.samples)
			for i, n := range notesOf(sh).Pictures {
				samples[i].digest = n.Digest
			}
			sh.samples = samples
			closer = append(closer, sh)
		}
		p.looker.Cut = "stride8"
		as(closer)

		// What is there from an earlier attempt is not done again.
		looked := p.calls.count(callLook)
		_, i := p.spread(t, closer)
		require.Empty(t, i.did)
		require.Equal(t, 4, p.seen)
		require.Equal(t, looked, p.calls.count(callLook))
	})
}

// Who cannot help, or should not, is not given anything; what fails there is left to this node.
func TestNoHelp(t *testing.T) {
	s := newSite(t)
	ended, end := context.WithCancel(context.Background())
	end()
	type test struct {
		requester     ownsight.Principal
		change        func(t *testing.T, p *pair)
		offers, looks int // calls in two rounds
	}
	tests := map[string]test{
		"busy":     {root, func(_ *testing.T, p *pair) { p.b.hands.train() }, 2, 0},
		"stopping": {root, func(_ *testing.T, p *pair) { p.b.hands.until = ended }, 2, 0},
		"starting": {root, func(_ *testing.T, p *pair) { p.b.hands.until = nil }, 2, 0},
		"other sight": {root, func(_ *testing.T, p *pair) {
			p.b.sight = func() (string, error) { return "other", nil }
		}, 1, 0},
		"other program": {root, func(_ *testing.T, p *pair) { p.a.program = "newer" }, 0, 0},
		"other role":    {root, func(_ *testing.T, p *pair) { p.calls.live[1].Roles = ownsight.Roles{ownsight.RoleServe} }, 0, 0},
		"leaving":       {root, func(_ *testing.T, p *pair) { p.calls.live = p.calls.live[:1] }, 0, 0},
		"denied there":  {ownsight.Principal{Account: account, User: "eve"}, func(*testing.T, *pair) {}, 1, 2}, // two places, and then it is left alone for a while
		"changed":       {root, func(_ *testing.T, p *pair) { p.looker.Cut = "stride8" }, 1, 2},
		"ended": {root, func(t *testing.T, p *pair) {
			require.NoError(t, p.a.store.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Versions().Move(t.Context(), p.looker.version.ID, ownsight.VersionTraining, ownsight.VersionTrained, "")
				return err
			}))
		}, 1, 2},
	}
	onBoth(t, func(t *testing.T, db *store.Store) {
		for name, c := range tests {
			t.Run(name, func(t *testing.T) {
				p := s.newPair(t, db, c.requester)
				c.change(t, p)
				pool, i := p.spread(t, p.shards)
				require.Empty(t, i.did)
				require.Equal(t, len(p.shards), pool.waiting(), "all is left to this node")
				require.Zero(t, p.seen)
				require.Equal(t, c.offers, p.calls.count(callOffer))
				require.Equal(t, c.looks, p.calls.count(callLook))
				require.Zero(t, p.b.hands.others)
				for _, sh := range p.shards {
					there, err := p.looker.own.Has(t.Context(), sh.name+p.looker.ending())
					require.NoError(t, err)
					require.False(t, there)
				}
			})
		}
	})
}

// A node that stops gives up what it does for others, at once.
func TestHelpEndsWithTheNode(t *testing.T) {
	s := newSite(t)
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	defer db.Close()
	p := s.newPair(t, db, root)
	until, stop := context.WithCancel(t.Context())
	p.b.hands.until = until
	sight := p.b.sight
	p.b.sight = func() (string, error) { // what comes first of an errand
		if p.b.hands.others > 0 {
			stop()
		}
		return sight()
	}
	e := (&invitation{looker: p.looker}).errand(p.shards[0])
	e.Sight, err = sight()
	require.NoError(t, err)
	r, err := p.b.lookForOther(t.Context(), e)
	require.NoError(t, err)
	require.False(t, r.Done)
	require.ErrorContains(t, r.err(), context.Canceled.Error())
	there, err := p.looker.own.Has(t.Context(), p.shards[0].name+notesEnding)
	require.NoError(t, err)
	require.False(t, there)
}
