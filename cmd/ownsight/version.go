package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"ownsight/internal/vision/assets"
)

func versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: `  ownsight version --output json | jq -r .version`,
		Args:    takes(0, 0, "no arguments"),
	}
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *output == asJSON {
			return writeJSON(cmd.OutOrStdout(), map[string]string{
				"version": version, "go": runtime.Version(), "onnxRuntime": assets.RuntimeVersion, "platform": runtime.GOOS + "/" + runtime.GOARCH,
			})
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s (%s, ONNX Runtime %s, %s/%s)\n", program(), runtime.Version(), assets.RuntimeVersion, runtime.GOOS, runtime.GOARCH)
		return nil
	}
	return cmd
}
