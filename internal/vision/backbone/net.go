package backbone

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ownsight/internal/vision/nn"
)

// Net is a frozen network that models stand on: the program's own in one of its arithmetics, or one that an operator has
// brought.
type Net struct {
	Name     string // for people
	Front    Front  // the arithmetic; empty for a network that was brought
	Digest   string // SHA-256 of its file, in hexadecimal: models of different networks must not be mixed
	Features int    // numbers of the output "features"
	// Tunable says that it has the maps and blocks from which tails and detectors are trained.
	Tunable bool
	graph   func() (*nn.Graph, error)
}

// Of is the program's own network in an arithmetic.
func Of(f Front) Net {
	return Net{Name: name, Front: f, Digest: f.Digest(), Features: FeatureCount, Tunable: true, graph: func() (*nn.Graph, error) { return Network(f) }}
}

// maxFile bounds the file of a network, in bytes: a model's file holds it whole.
const maxFile = 480 << 20

// FromFile is a network from an ONNX file: from "picture" [N,3,H,W], RGB normalised as (value-127)/128, H and W 224 or
// open, to "features" [N, any number]. Linear heads are trained on its features; tails and boxes need maps and blocks
// that only the program's own network has.
func FromFile(path string) (Net, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Net{}, fmt.Errorf("backbone: %w", err)
	}
	if info.Size() > maxFile {
		return Net{}, fmt.Errorf("backbone: %s has %d bytes, at most %d are allowed", path, info.Size(), maxFile)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return Net{}, fmt.Errorf("backbone: %w", err)
	}
	sum := sha256.Sum256(file)
	n := Net{
		Name: strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), Digest: hex.EncodeToString(sum[:]),
		graph: func() (*nn.Graph, error) { return nn.Parse(file) },
	}
	g, err := n.Graph()
	if err == nil {
		n.Features, err = suits(g)
	}
	if err != nil {
		return Net{}, fmt.Errorf("backbone: %s: %w", path, err)
	}
	return n, nil
}

// suits checks that a graph can be stood on, and gives the number of its features.
func suits(g *nn.Graph) (features int, err error) {
	if in := g.Inputs(); len(in) != 1 || in[0].Name() != "picture" {
		return 0, fmt.Errorf(`it needs one input, "picture"`)
	}
	if elem := g.Inputs()[0].Type().Elem; elem != nn.Float32 {
		return 0, fmt.Errorf(`"picture" is of %v, not of float32; cast it inside the network`, elem)
	}
	shape := g.Inputs()[0].Shape()
	for i, want := range []nn.Dim{1, 3, inputSize, inputSize} {
		if len(shape) != 4 || shape[i].Fixed() && shape[i] != want {
			return 0, fmt.Errorf(`"picture" is of shape %v, not [N,3,%d,%d]`, shape, inputSize, inputSize)
		}
	}
	// A model's file is this network with more behind it.
	file := nn.New()
	picture := file.Input("picture", nn.Float32, file.Dim("N"), 3, inputSize, inputSize)
	if _, err := file.Append(g, map[string]nn.Value{"picture": picture}); err != nil {
		return 0, err
	}
	out, err := g.Value(Features)
	if err != nil {
		return 0, fmt.Errorf(`it needs an output "features": %w`, err)
	}
	if elem := out.Type().Elem; elem != nn.Float32 {
		return 0, fmt.Errorf(`"features" are of %v, not of float32; cast them inside the network`, elem)
	}
	if s := out.Shape(); len(s) != 2 || !s[1].Fixed() {
		return 0, fmt.Errorf(`"features" is of shape %v, not [N, numbers]`, s)
	}
	return int(out.Shape()[1]), nil
}

// Graph is the whole network. Every call gives a new graph, which the caller may change.
func (n Net) Graph() (*nn.Graph, error) { return n.graph() }
