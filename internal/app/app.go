// Package app wires the program together: configuration, stores, engine, services, jobs, server. It knows the order
// in which they start and stop, and nothing else.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/appstream"
	"ownsight/internal/catalog"
	"ownsight/internal/cloudwatch"
	"ownsight/internal/cluster"
	"ownsight/internal/config"
	"ownsight/internal/dataset"
	"ownsight/internal/jobs"
	"ownsight/internal/kms"
	"ownsight/internal/meter"
	"ownsight/internal/model"
	"ownsight/internal/objects"
	"ownsight/internal/rekognition"
	"ownsight/internal/serving"
	"ownsight/internal/store"
	"ownsight/internal/store/postgres"
	"ownsight/internal/store/sqlite"
	"ownsight/internal/tagging"
	"ownsight/internal/threads"
	"ownsight/internal/trace"
	"ownsight/internal/training"
	"ownsight/internal/vision"
)

// App is a whole server. Make one with New, then Start, then Stop.
type App struct {
	config  config.Config
	log     *slog.Logger
	program string
	sealing *kms.Keyring
	traces  *trace.Tracer

	closers []func() error // in the order of opening; closed from the last to the first
	server  *http.Server
	address string
	ready   chan struct{} // closed when the server takes work
	failed  chan error    // what ended the server while it ran

	leave   func(context.Context) // has other nodes take over what they can; nil before there is anything
	leaving atomic.Bool
}

// New takes a checked configuration. program is the name and version that models are marked with.
func New(c config.Config, program string, log *slog.Logger) *App {
	if c.Trace != "" {
		log = slog.New(trace.Lines(log.Handler()))
	}
	return &App{config: c, program: program, log: log, ready: make(chan struct{}), failed: make(chan error, 1)}
}

// URL is where the server listens, once Start has returned.
func (a *App) URL() string { return a.scheme() + "://" + a.address }

func (a *App) scheme() string {
	if a.config.TLS.Cert != "" {
		return "https"
	}
	return "http"
}

// Failed gives the error that ended the server by itself.
func (a *App) Failed() <-chan error { return a.failed }

// Start opens everything and returns when the server takes work. What was opened is closed again on an error.
func (a *App) Start(ctx context.Context) error {
	if err := a.open(ctx); err != nil {
		return errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
	}
	close(a.ready)
	return nil
}

func (a *App) open(ctx context.Context) error {
	if err := os.MkdirAll(a.config.Data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	lock, err := lockData(a.config.Data)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, lock.Close)

	// Bind first: a port that is taken is the commonest mistake, and the rest takes a second.
	listener, err := net.Listen("tcp", a.config.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w (another server? choose another address with --listen)", err)
	}
	a.closers = append(a.closers, ignoreClosed(listener.Close))
	a.address = listener.Addr().String()

	state, err := OpenStore(ctx, a.config)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, state.Close)
	keys := access.New(state, time.Now)
	if err := keys.EnsureDefault(ctx, a.config.Data); err != nil {
		return err
	}
	// A thread that computes outside Go counts as one of Go's until somebody notices, up to 10 ms later; meanwhile requests
	// that come in would wait for it. So Go gets more threads than pictures are looked at on.
	runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), 2*a.config.Threads+2))
	if slices.Contains(a.config.Roles, string(ownsight.RoleServe)) {
		threads.Reserve(serving.MostReserved(a.config.Threads))
	}
	// The engine before the embedded S3 server, which changes the process's working directory.
	engine, err := OpenEngine(ctx, a.config, a.log)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, engine.Close)
	if a.sealing, err = kms.Open(a.config.KMS); err != nil {
		return err
	}
	bytes, s3, err := a.openObjects(ctx, keys)
	if err != nil {
		return err
	}
	trail, err := OpenAudit(a.config, a.log)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, trail.Close)
	if err := a.openTraces(); err != nil {
		return err
	}
	nodes, err := a.join(ctx, state)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, nodes.Close)
	queue, services, err := a.openServices(ctx, state, keys, bytes, engine, nodes)
	if err != nil {
		return err
	}
	if a.config.TLS.Cert != "" {
		own, err := openCertificate(a.config.TLS, a.log)
		if err != nil {
			return err
		}
		listener = tls.NewListener(listener, own.settings())
	}
	a.serve(listener, a.router(services, s3, state, trail, nodes))
	a.tend(services.labels, nodes.Self.Roles)
	if err := queue.Start(a.traces.Context(ctx)); err != nil {
		return err
	}
	a.closers = append(a.closers, func() error {
		stopping, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		return queue.Stop(stopping)
	})
	return nil
}

// OpenStore opens the state of a configuration: PostgreSQL where a URL is given, SQLite in the data folder otherwise.
func OpenStore(ctx context.Context, c config.Config) (*store.Store, error) {
	if c.Database != "" {
		return postgres.Open(ctx, c.Database)
	}
	return sqlite.Open(ctx, filepath.Join(c.Data, "state.db"))
}

// openObjects connects to the S3 server of the configuration, or starts the embedded one. s3 serves S3 requests.
func (a *App) openObjects(ctx context.Context, keys *access.Service) (*objects.Store, http.Handler, error) {
	if c := a.config.S3; c.Endpoint != "" {
		external, err := objects.NewStore(objects.Config{Endpoint: c.Endpoint, Region: c.Region, PathStyle: true, Keys: keysElsewhere(c), Archive: c.Bucket, Rights: keys})
		return external, s3Elsewhere(c.Endpoint), err
	}
	embedded, err := objects.NewEmbedded(objects.EmbeddedConfig{Dir: a.config.Data, Keys: s3Keys{keys}, Rights: keys, Regions: a.config.Regions, Sealed: a.sealing})
	if err != nil {
		return nil, nil, err
	}
	if err := embedded.Start(ctx); err != nil {
		return nil, nil, err
	}
	a.closers = append(a.closers, embedded.Stop)
	return embedded.Store(), embedded, nil
}

// services are what the faces of the wire call.
type services struct {
	labels  rekognition.Services
	images  appstream.Services
	figures cloudwatch.Services
}

func (a *App) openServices(ctx context.Context, state *store.Store, keys *access.Service, bytes *objects.Store, engine *vision.Engine, nodes *cluster.Cluster) (*jobs.Client, services, error) {
	queue, err := jobs.New(state, jobs.Options{Node: nodes.Name(), Logger: a.log, Queues: queues(nodes.Self.Roles)})
	if err != nil {
		return nil, services{}, err
	}
	archive, err := model.OpenArchive(ctx, bytes, a.config.S3.Bucket, a.sealing)
	if err != nil {
		return nil, services{}, err
	}
	places, err := OpenPlaces(a.config, bytes, keys)
	if err != nil {
		return nil, services{}, err
	}
	limits := a.config.Limits
	counts := meter.New(meter.Config{Store: state, Node: nodes.Name(), Now: time.Now, Log: a.log})
	a.closers = append(a.closers, counts.Close)
	tags := tagging.New(state, limits)
	models := model.New(model.Config{Store: state, Jobs: queue, Archive: archive, Objects: bytes, Limits: limits, Now: time.Now, Log: a.log})
	images := catalog.New(catalog.Config{Store: state, Jobs: queue, Places: places, Limits: limits, Rate: a.config.ImageRate, Now: time.Now, Log: a.log})
	if err := images.Settle(ctx); err != nil {
		return nil, services{}, err
	}
	figures := cloudwatch.Services{Access: keys, Meter: counts, Unit: serving.Unit, Now: time.Now}
	return queue, services{figures: figures, images: appstream.Services{Access: keys, Images: images, Tagging: tags}, labels: rekognition.Services{
		Access:   keys,
		Models:   models,
		Datasets: dataset.New(state, queue, bytes, limits, time.Now, a.log),
		Training: training.New(training.Config{Store: state, Jobs: queue, Models: models, Archive: archive, Objects: bytes,
			Engine: engine, Cluster: nodes, Limits: limits, Budget: time.Duration(a.config.TrainSeconds) * time.Second,
			Scratch: filepath.Join(a.config.Data, "scratch"), Program: a.program, Now: time.Now, Log: a.log}),
		Serving: serving.New(serving.Config{Store: state, Jobs: queue, Archive: archive, Engine: engine, Cluster: nodes, Meter: counts, Limits: limits,
			Promises: a.config.UnitPromises, Spare: a.config.SpareTime, Memory: a.modelMemory(), Now: time.Now, Log: a.log}),
		Meter:   counts,
		Tagging: tags,
		Objects: bytes,
		Keys:    a.sealing,
		Limits:  limits,
		Rates:   rekognition.NewRates(limits),
	}}, nil
}

// Stop lets requests in flight and jobs at work come to a good end, as long as ctx allows, and closes everything.
// Safe to call twice.
func (a *App) Stop(ctx context.Context) error {
	var errs []error
	if a.leave != nil {
		a.leaving.Store(true) // from now on every answer ends its connection, and clients ask another node next
		a.leave(ctx)
		a.leave = nil
	}
	if a.server != nil {
		if err := a.server.Shutdown(ctx); err != nil {
			errs = append(errs, a.server.Close())
		}
		a.server = nil
	}
	for len(a.closers) > 0 {
		last := len(a.closers) - 1
		errs = append(errs, a.closers[last]())
		a.closers = a.closers[:last]
	}
	return errors.Join(errs...)
}
