package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ownsight/internal/audit"
	"ownsight/internal/awswire"
	"ownsight/internal/store"
)

// metrics are what /metrics shows.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(state *store.Store, trail *audit.Log) *metrics {
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
	m.registry.MustRegister(m.calls, m.seconds, lost,
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
