// Command detect asks a model's ONNX file about pictures: detect [--min-confidence 50] MODEL.onnx PICTURE...
//
// It prints a line a picture, in the shape of DetectCustomLabels. ONNXRUNTIME names ONNX Runtime's library, such as
// libonnxruntime.so of the Python package onnxruntime (in onnxruntime/capi) or of ONNX Runtime's own releases.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"

	ort "github.com/yalue/onnxruntime_go"
)

func main() {
	log.SetFlags(0)
	least := flag.Float64("min-confidence", 0, "0 to 100; without it, the model's own thresholds")
	flag.Parse()
	if flag.NArg() < 2 {
		log.Fatal("usage: detect [--min-confidence 50] MODEL.onnx PICTURE...")
	}
	var asked *float32
	flag.Visit(func(*flag.Flag) { asked = new(float32(*least)) })
	if err := run(flag.Arg(0), flag.Args()[1:], asked); err != nil {
		log.Fatal(err)
	}
}

func run(file string, pictures []string, minConfidence *float32) error {
	ort.SetSharedLibraryPath(os.Getenv("ONNXRUNTIME"))
	if err := ort.InitializeEnvironment(); err != nil {
		return err
	}
	defer ort.DestroyEnvironment()
	m, err := Open(file)
	if err != nil {
		return err
	}
	defer m.Close()
	out := json.NewEncoder(os.Stdout)
	for _, path := range pictures {
		labels, err := m.Detect(path, minConfidence)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := out.Encode(map[string]any{"Picture": path, "CustomLabels": labels}); err != nil {
			return err
		}
	}
	return nil
}
