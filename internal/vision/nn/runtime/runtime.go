// Package runtime runs ONNX models on ONNX Runtime.
//
// The library is loaded once for the process, at the first use. A Session is one
// loaded model; any number of goroutines may run it at the same time. Tensors live
// in Go memory, and ONNX Runtime reads and writes them in place.
package runtime

import (
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"ownsight/internal/vision/assets"
)

var environment struct {
	sync.Mutex
	library string // what was loaded; empty before
}

// Open loads ONNX Runtime from a shared library of the user's choice, such as a
// build for a GPU. It must come before anything else of this package: ONNX Runtime
// is loaded once, and a later Open of another library fails. Without a call of
// Open, the library that belongs to the program is loaded at the first use.
func Open(library string) error {
	environment.Lock()
	defer environment.Unlock()
	return load(library)
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
	return load(library)
}

func load(library string) error {
	switch environment.library {
	case "":
	case library:
		return nil
	default:
		return fmt.Errorf("ONNX Runtime is already loaded from %s, not %s", environment.library, library)
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
