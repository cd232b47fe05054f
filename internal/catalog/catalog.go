// Package catalog keeps images: disks with what is known of them, imported from S3, copied between regions, shared with
// other accounts, exported to S3 again.
//
// The bytes of a disk are cut into chunks, each an object of its region named by its SHA-256, which every content that has
// those bytes refers to. What a region has is not sent to it again. Rows come before objects: nothing lies in S3 that no
// row knows of, and an image is AVAILABLE only when every one of its chunks was written and checked.
package catalog

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// Service is the one door to images and disks.
type Service struct {
	store    *store.Store
	jobs     *jobs.Client
	places   *Places
	limits   ownsight.Limits
	throttle *rate.Limiter // of bytes; nil for none
	meter    *Meter
	now      func() time.Time
	log      *slog.Logger
}

// Config is what a Service works with.
type Config struct {
	Store  *store.Store
	Jobs   *jobs.Client
	Places *Places
	Limits ownsight.Limits
	Rate   int64 // bytes a second that copies, imports and exports may move together; 0 is no limit
	Now    func() time.Time
	Log    *slog.Logger
}

// Queue is the job queue of everything that moves images, Upkeep that of what cleans up behind: a place that does not answer
// holds up neither for the other.
const (
	Queue  = "images"
	Upkeep = "images-upkeep"
)

// The kinds of jobs; the names lie in databases. What only cleans up never gives up.
const (
	copyJob   = "image-copy"
	importJob = "image-import"
	exportJob = "image-export"
	dropJob   = "image-content-drop"
	trashJob  = "image-trash"
	checkJob  = "image-check"
)

// attempts is how often a job that does not get on is tried: with a minute between the later ones, a day and more.
const attempts = 1500

// New makes the service and registers its jobs.
func New(c Config) *Service {
	s := &Service{store: c.Store, jobs: c.Jobs, places: c.Places, limits: c.Limits, meter: newMeter(c.Now), now: c.Now, log: c.Log}
	if c.Rate > 0 {
		s.throttle = rate.NewLimiter(rate.Limit(c.Rate), int(max(c.Rate, maxTake)))
	}
	c.Jobs.Register(
		jobs.Kind{Name: copyJob, Queue: Queue, MaxAttempts: attempts, Run: s.runCopy, Fail: s.failImage(ownsight.ImageCopying, CodeCopyFailure)},
		jobs.Kind{Name: importJob, Queue: Queue, MaxAttempts: attempts, Run: s.runImport, Fail: s.failImport},
		jobs.Kind{Name: exportJob, Queue: Queue, MaxAttempts: attempts, Run: s.runExport, Fail: s.failExport},
		jobs.Kind{Name: dropJob, Queue: Upkeep, Run: s.runDrop},
		jobs.Kind{Name: trashJob, Queue: Upkeep, Run: s.runTrash},
		jobs.Kind{Name: checkJob, Queue: Upkeep, Run: s.runCheck},
	)
	return s
}

// The codes of the reasons for which an image failed.
const (
	CodeCopyFailure   = "IMAGE_COPY_FAILURE"
	CodeImportFailure = "IMAGE_IMPORT_FAILURE"
	CodeInternal      = "INTERNAL_ERROR"
)

// Meter gives the figures of what is moved.
func (s *Service) Meter() *Meter { return s.meter }

// Place is where a region keeps its chunks.
type Place struct {
	Objects *objects.Store
	Name    string // of the S3 server, to tell it from others
	Bucket  string
}

// String names the place as it is recorded.
func (p Place) String() string { return p.Name + "/" + p.Bucket }

// Places are the regions with their S3 servers.
type Places struct {
	regions []string // that there are
	usual   Place
	own     map[string]Place
}

// NewPlaces says which regions there are and where they keep their bytes: in a place of their own, or below a prefix of the
// usual one.
func NewPlaces(regions []string, usual Place, own map[string]Place) *Places {
	return &Places{regions: regions, usual: usual, own: own}
}

// Has reports whether there is such a region.
func (p *Places) Has(region string) bool {
	return slices.Contains(p.regions, region)
}

// unknown says that a region is none.
func unknown(region string) error {
	return ownsight.Errorf(ownsight.NotFound, "There is no region %s here; the configuration's regions and places name those that there are.", region)
}

// as gives a client of a region's S3 server that acts for somebody.
func (p *Places) as(region string, who ownsight.Principal) *objects.Client {
	return p.of(region).Objects.As(who)
}

func (p *Places) of(region string) Place {
	if own, ok := p.own[region]; ok {
		return own
	}
	return p.usual
}

// shelf is where a region keeps its chunks.
type shelf struct {
	client         *objects.Client
	bucket, prefix string
}

func (p *Places) shelf(region string) shelf {
	place := p.of(region)
	return shelf{place.Objects.As(ownsight.Principal{Account: ownsight.SystemAccount}), place.Bucket, "images/" + region + "/chunks/"}
}

// ensure makes the bucket, where it is not there.
func (s shelf) ensure(ctx context.Context) error {
	if err := s.client.EnsureBucket(ctx, s.bucket); err != nil {
		return fmt.Errorf("bucket %s for images: %w", s.bucket, err)
	}
	return nil
}

// key names a chunk's object. The number tells it from an older one of the same digest that is being deleted.
func (s shelf) key(id int64, digest [32]byte) string {
	return fmt.Sprintf("%s%02x/%x-%d", s.prefix, digest[0], digest, id)
}
