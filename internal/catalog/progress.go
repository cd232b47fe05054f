package catalog

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dustin/go-humanize"
)

// Meter counts what is moved, over all jobs of the process.
type Meter struct {
	now                            func() time.Time
	bytes, chunks, reused, retries atomic.Int64

	mu   sync.Mutex
	jobs map[*progress]bool // under way
}

func newMeter(now func() time.Time) *Meter { return &Meter{now: now, jobs: map[*progress]bool{}} }

func (m *Meter) moved(bytes int64) { m.bytes.Add(bytes); m.chunks.Add(1) }
func (m *Meter) kept(bytes int64)  { m.reused.Add(bytes) }
func (m *Meter) retry()            { m.retries.Add(1) }

// Figures are totals since the process began, but for Jobs and Left, which are of this moment.
type Figures struct {
	Bytes   int64 // written to a region, chunk by chunk
	Chunks  int64
	Reused  int64 // bytes that a region had already
	Retries int64 // requests to S3 servers that were repeated
	Jobs    int64 // copies, imports and exports under way
	Left    int64 // bytes that they have yet to do
}

// Figures reads the meter.
func (m *Meter) Figures() Figures {
	f := Figures{Bytes: m.bytes.Load(), Chunks: m.chunks.Load(), Reused: m.reused.Load(), Retries: m.retries.Load()}
	m.mu.Lock()
	defer m.mu.Unlock()
	for p := range m.jobs {
		f.Jobs++
		f.Left += p.total - p.done.Load()
	}
	return f
}

// progress says how far one job is.
type progress struct {
	meter *Meter
	verb  string // such as "Copying"
	began time.Time
	total int64 // bytes that the job has to do
	first int64 // of them, those that were done before this attempt
	done  atomic.Int64
}

func (m *Meter) progress(verb string, total, done int64) *progress {
	p := &progress{meter: m, verb: verb, began: m.now(), total: total, first: done}
	p.done.Store(done)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.jobs[p] = true
	return p
}

func (p *progress) end() {
	p.meter.mu.Lock()
	defer p.meter.mu.Unlock()
	delete(p.meter.jobs, p)
}

// String is what people and programs see of it: "Copying: 1.2 GiB of 10 GiB (12 %), 240 MiB/s, 37s left".
func (p *progress) String() string {
	done := p.done.Load()
	percent := int64(100)
	if p.total > 0 {
		percent = 100 * done / p.total
	}
	text := fmt.Sprintf("%s: %s of %s (%d %%)", p.verb, humanize.IBytes(uint64(done)), humanize.IBytes(uint64(p.total)), percent)
	seconds := p.meter.now().Sub(p.began).Seconds()
	if fresh := done - p.first; seconds >= 1 && fresh > 0 {
		perSecond := float64(fresh) / seconds
		left := time.Duration(float64(p.total-done) / perSecond * float64(time.Second)).Round(time.Second)
		text += fmt.Sprintf(", %s/s, %s left", humanize.IBytes(uint64(perSecond)), left)
	}
	return text
}
