// Package runtime runs ONNX models on ONNX Runtime.
//
// The library is loaded once for the process, at the first use. A Session is one
// loaded model; any number of goroutines may run it at the same time. Tensors live
// in Go memory, and ONNX Runtime reads and writes them in place.
package runtime

import (
	"fmt"
	"os"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"ownsight/internal/vision/assets"
)

// Provider is what computes.
type Provider string

// The providers. CUDA needs a build of the library for it, and NVIDIA's libraries that it wants.
const (
	CPU  Provider = "cpu"
	CUDA Provider = "cuda"
)

var environment struct {
	sync.Mutex
	library  string // what was loaded; empty before
	provider Provider
}

// Open loads ONNX Runtime from a shared library of the user's choice, such as a
// build for a GPU; without a path, the one that belongs to the program. Sessions
// compute on the provider from then on. It must come before anything else of this
// package: ONNX Runtime is loaded once, and a later Open of another library or
// provider fails. Without a call of Open, the program's own library is loaded at
// the first use, for the CPU.
func Open(library string, p Provider) error {
	if p != CPU && p != CUDA {
		return fmt.Errorf("ONNX Runtime: there is no provider %q, only %s and %s", string(p), CPU, CUDA)
	}
	environment.Lock()
	defer environment.Unlock()
	if library == "" {
		own, err := assets.Library()
		if err != nil {
			return fmt.Errorf("ONNX Runtime: %w", err)
		}
		library = own
	}
	if environment.library != "" && environment.provider != p {
		return fmt.Errorf("ONNX Runtime already computes on %s, not %s", environment.provider, p)
	}
	if err := load(library); err != nil {
		return err
	}
	environment.provider = p
	return try(p)
}

// ensure loads the program's own library unless one is loaded.
func ensure() error {
	environment.Lock()
	defer environment.Unlock()
	if environment.library != "" {
		return nil
	}
	library, err := assets.Library()
	if err != nil {
		return fmt.Errorf("ONNX Runtime: %w", err)
	}
	environment.provider = CPU
	return load(library)
}

// provider is what sessions compute on.
func provider() Provider {
	environment.Lock()
	defer environment.Unlock()
	return environment.provider
}

// try makes sure that the provider can be had, for which a session must only be asked.
func try(p Provider) error {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return fmt.Errorf("session options: %w", err)
	}
	defer destroy(options)
	return p.join(options)
}

// join has a session compute on the provider. Nodes that it cannot compute are left to the CPU.
func (p Provider) join(options *ort.SessionOptions) error {
	if p != CUDA {
		return nil
	}
	cuda, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return fmt.Errorf("%s: this build of ONNX Runtime does not have it, or its libraries are missing: %w", p, err)
	}
	defer destroy(cuda)
	if err := options.AppendExecutionProviderCUDA(cuda); err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	return nil
}

func load(library string) error {
	switch environment.library {
	case "":
	case library:
		return nil
	default:
		return fmt.Errorf("ONNX Runtime is already loaded from %s, not %s", environment.library, library)
	}
	// DisableTelemetry comes too late for the folder that the library makes in the user's cache as it is loaded.
	if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil {
		return err
	}
	ort.SetSharedLibraryPath(library)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("loading ONNX Runtime from %s: %w", library, err)
	}
	if err := ort.DisableTelemetry(); err != nil {
		return fmt.Errorf("ONNX Runtime: switching telemetry off: %w", err)
	}
	environment.library = library
	return nil
}

// Version returns the version of ONNX Runtime, such as "1.31.1", loading it if needed.
func Version() (string, error) {
	if err := ensure(); err != nil {
		return "", err
	}
	return ort.GetVersion(), nil
}
