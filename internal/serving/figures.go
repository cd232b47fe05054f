package serving

import (
	"ownsight"
)

// Unit is how much computing an inference unit is, in every second.
const Unit = unit

// Figures are what there is to know about the running models of this node.
type Figures struct {
	Models  []ModelFigures // those placed here
	Units   int64          // that the node has
	Nodes   int            // that live, this one included
	Loaded  int            // models in memory, also those that are placed elsewhere
	Memory  int64          // bytes that they take
	Paged   int64          // how often one had to go to make room for another
	Waiting int            // pictures that wait for a core
}

// ModelFigures are those of one model on this node.
type ModelFigures struct {
	ARN   ownsight.VersionARN // without its time of creation
	Units int64
	Load  Load
}

// Figures gives them as they are now.
func (s *Service) Figures() Figures {
	f := Figures{Units: s.Cluster.Self.Units, Nodes: len(s.Cluster.Live())}
	f.Loaded, f.Memory, f.Paged = s.loaded.figures()
	loads := s.turns.loads()
	f.Waiting = s.turns.queue()
	for _, p := range *s.mine.Load() {
		f.Models = append(f.Models, ModelFigures{p.ARN, p.Units, loads[p.Version]})
	}
	return f
}
