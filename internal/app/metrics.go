package app

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ownsight/internal/audit"
	"ownsight/internal/awswire"
	"ownsight/internal/catalog"
	"ownsight/internal/serving"
	"ownsight/internal/store"
)

// metrics are what /metrics shows.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(state *store.Store, trail *audit.Log, images *catalog.Meter, models *serving.Service, log *slog.Logger) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ownsight_calls_total",
			Help: "Calls of AWS operations by service, operation and error code (empty for success).",
		}, []string{"service", "operation", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "ownsight_call_duration_seconds",
			Help:    "Time from the request's header until its answer begins.",
			Buckets: []float64{.001, .002, .004, .006, .008, .012, .016, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"service", "operation"}),
	}
	lost := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "ownsight_audit_lost_total",
		Help: "Requests that were answered without a record for the audit, since it could not be written.",
	}, func() float64 { return float64(trail.Lost()) })
	m.registry.MustRegister(m.calls, m.seconds, lost)
	m.registry.MustRegister(imageFigures(images)...)
	m.registry.MustRegister(newModelFigures(models), newJobFigures(state, log))
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewDBStatsCollector(state.DB(), state.Dialect().Name))
	return m
}

func (m *metrics) observe(c awswire.Call) {
	m.calls.WithLabelValues(c.Service, c.Operation, c.Code).Inc()
	m.seconds.WithLabelValues(c.Service, c.Operation).Observe(c.Duration.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// imageFigures are those of what imports, copies and exports of images move.
func imageFigures(m *catalog.Meter) []prometheus.Collector {
	counter := func(name, help string, value func(catalog.Figures) int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value(m.Figures())) })
	}
	return []prometheus.Collector{
		counter("ownsight_image_bytes_total", "Bytes of images written to a region or an export.", func(f catalog.Figures) int64 { return f.Bytes }),
		counter("ownsight_image_chunks_total", "Chunks or parts that these bytes were written in.", func(f catalog.Figures) int64 { return f.Chunks }),
		counter("ownsight_image_bytes_reused_total", "Bytes of images that were not written, for the region had them.", func(f catalog.Figures) int64 { return f.Reused }),
		counter("ownsight_image_retries_total", "Requests to S3 servers about chunks that were repeated.", func(f catalog.Figures) int64 { return f.Retries }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "ownsight_image_bytes_left", Help: "Bytes that imports, copies and exports under way on this node have yet to do."},
			func() float64 { return float64(m.Figures().Left) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "ownsight_image_jobs", Help: "Imports, copies and exports of images under way on this node."},
			func() float64 { return float64(m.Figures().Jobs) }),
	}
}
