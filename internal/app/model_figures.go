package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"ownsight/internal/serving"
)

// modelFigures shows the running models of this node.
type modelFigures struct {
	models *serving.Service

	units, answered, refused, computed            *prometheus.Desc // by model
	nodeUnits, nodes, loaded, bytes, paged, queue *prometheus.Desc
}

func newModelFigures(models *serving.Service) *modelFigures {
	of := []string{"account", "region", "project", "version"}
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("ownsight_"+name, help, labels, nil)
	}
	return &modelFigures{
		models:    models,
		units:     d("model_units", "Inference units that a running model has on this node.", of...),
		answered:  d("model_pictures_total", "Pictures looked at on this node, within what the model has reserved or in spare time.", append(of, "time")...),
		refused:   d("model_refused_total", "Requests beyond what a model could be given, answered with ProvisionedThroughputExceededException.", of...),
		computed:  d("model_core_seconds_total", "Seconds that cores have computed for a model on this node.", of...),
		nodeUnits: d("node_units", "Inference units that this node has."),
		nodes:     d("nodes", "Nodes that live and take work, as this one sees it."),
		loaded:    d("models_loaded", "Models in this node's memory."),
		bytes:     d("models_bytes", "About how much memory they take."),
		paged:     d("models_paged_total", "Models that left memory to make room for others."),
		queue:     d("pictures_waiting", "Pictures that wait for a core."),
	}
}

// Describe implements prometheus.Collector.
func (m *modelFigures) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, to) }

// Collect implements prometheus.Collector.
func (m *modelFigures) Collect(to chan<- prometheus.Metric) {
	f := m.models.Figures()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	gauge(m.nodeUnits, float64(f.Units))
	gauge(m.nodes, float64(f.Nodes))
	gauge(m.loaded, float64(f.Loaded))
	gauge(m.bytes, float64(f.Memory))
	counter(m.paged, float64(f.Paged))
	gauge(m.queue, float64(f.Waiting))
	for _, v := range f.Models {
		of := []string{v.ARN.Account, v.ARN.Region, v.ARN.Project, v.ARN.Name}
		gauge(m.units, float64(v.Units), of...)
		counter(m.answered, float64(v.Load.Reserved), append(of, "reserved")...)
		counter(m.answered, float64(v.Load.Spare), append(of, "spare")...)
		counter(m.refused, float64(v.Load.Refused), of...)
		counter(m.computed, v.Load.Computed.Seconds(), of...)
	}
}
