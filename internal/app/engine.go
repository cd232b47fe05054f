package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/cpu"

	"ownsight/internal/config"
	"ownsight/internal/vision"
	"ownsight/internal/vision/backbone"
	"ownsight/internal/vision/nn/runtime"
)

// frontFile is where the data folder remembers what was found out about the machine's CPU.
const frontFile = "front.json"

// checked is what is remembered, and for which network, runtime and kind of CPU.
type checked struct {
	Network string         `json:"network"`
	Runtime string         `json:"runtime"`
	CPU     string         `json:"cpu"`
	Front   backbone.Front `json:"front"`
	Exact   bool           `json:"exact"`
	Reason  string         `json:"reason"`
}

// OpenEngine loads the network in the arithmetic that suits the machine. That takes a measurement of half a second, and
// is decided once: trainings of the same data give the same model while the data folder stays on the same kind of CPU.
func OpenEngine(ctx context.Context, c config.Config, log *slog.Logger) (*vision.Engine, error) {
	if c.Runtime != (config.Runtime{}) {
		if err := runtime.Open(c.Runtime.Library, runtime.Provider(c.Runtime.Provider)); err != nil {
			return nil, err
		}
	}
	found, err := check(ctx, c)
	if err != nil {
		return nil, err
	}
	front := found.Front
	if c.Front != "" {
		if front, err = backbone.ParseFront(c.Front); err != nil {
			return nil, err
		}
		if front == backbone.Int8 && !found.Exact {
			return nil, fmt.Errorf("front: %s was asked for, but %s", front, found.Reason)
		}
	}
	nets := []backbone.Net{backbone.Of(front)}
	if other := backbone.Float32; front != other {
		nets = append(nets, backbone.Of(other))
	} else if found.Exact {
		nets = append(nets, backbone.Of(backbone.Int8))
	}
	if c.Backbone != "" {
		own, err := backbone.FromFile(c.Backbone)
		if err != nil {
			return nil, err
		}
		nets = slices.Insert(nets, 0, own)
	}
	log.Info("network", "name", nets[0].Name, "front", nets[0].Front, "exact", found.Exact, "reason", found.Reason)
	return vision.Open(vision.Options{Threads: c.Threads, Pixels: c.Pixels, Nets: nets})
}

// check remembers or finds out which front is right here.
func check(ctx context.Context, c config.Config) (checked, error) {
	now := checked{Network: backbone.Int8.Digest(), CPU: kind()}
	if p := runtime.Provider(c.Runtime.Provider); p != "" && p != runtime.CPU {
		now.Front, now.Reason = backbone.Float32, fmt.Sprintf("%s is for CPUs, and %s computes here", backbone.Int8, p)
		return now, nil
	}
	var err error
	if now.Runtime, err = runtime.Version(); err != nil {
		return now, err
	}
	path := filepath.Join(c.Data, frontFile)
	var known checked
	b, err := os.ReadFile(path)
	if err == nil && json.Unmarshal(b, &known) == nil && known.Network == now.Network && known.Runtime == now.Runtime && known.CPU == now.CPU {
		return known, nil
	}
	v, err := backbone.Check(ctx)
	if err != nil {
		return now, err
	}
	now.Front, now.Exact, now.Reason = v.Front, v.Exact, v.Reason
	if b, err = json.MarshalIndent(now, "", "  "); err == nil {
		err = os.WriteFile(path, append(b, '\n'), 0o600)
	}
	return now, err
}

// kind names what of a CPU decides about arithmetic.
func kind() string {
	return fmt.Sprintf("avx2=%t avx512=%t avx512vnni=%t avxvnni=%t dotprod=%t", cpu.X86.HasAVX2, cpu.X86.HasAVX512F,
		cpu.X86.HasAVX512VNNI, cpu.X86.HasAVXVNNI, cpu.ARM64.HasASIMDDP)
}
