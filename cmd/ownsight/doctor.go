package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ownsight/internal/config"
	"ownsight/internal/doctor"
)

func doctorCommand() *cobra.Command {
	var file, data, listen string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is wrong with this machine",
		Long: `Say what is wrong with this machine, for a server with this configuration: processor, cores, memory, the
inference runtime (a picture is really looked at), data folder, disk, port, clock, keys.

Each line is ok, warn (works, but not well) or bad (does not work), with the remedy below. The exit code is 1
when something is bad. Nothing is changed, but for a small file that is made in the data folder and removed.`,
		Example: `  ownsight doctor
  ownsight doctor --data /srv/ownsight --listen 0.0.0.0:8600
  ownsight doctor --output json | jq '.[] | select(.level != "ok")'`,
		Args: takes(0, 0, "no arguments"),
	}
	output := outputFlag(cmd)
	defaults := config.Default()
	cmd.Flags().StringVar(&data, "data", defaults.Data, "the server's data folder")
	cmd.Flags().StringVar(&listen, "listen", defaults.Listen, "HOST:PORT that the server listens at")
	cmd.Flags().StringVar(&file, "config", "", "the server's YAML file, where it has one")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := config.Load(file, os.Environ())
		if err != nil {
			return usageError{err}
		}
		if cmd.Flags().Changed("data") {
			c.Data = data
		}
		if cmd.Flags().Changed("listen") {
			c.Listen = listen
		}
		if err := c.Check(); err != nil {
			return usageError{err}
		}
		findings := doctor.Examine(cmd.Context(), c)
		if *output == asJSON {
			if err := writeJSON(cmd.OutOrStdout(), findings); err != nil {
				return err
			}
		} else {
			for _, f := range findings {
				fmt.Fprintf(cmd.OutOrStdout(), "%-4s  %-11s  %s\n", f.Level, f.Check, f.Found)
				if f.Remedy != "" {
					fmt.Fprintf(cmd.OutOrStdout(), "%19s-> %s\n", "", f.Remedy)
				}
			}
		}
		if !doctor.Healthy(findings) {
			return errors.New("this machine cannot run the server as it is")
		}
		return nil
	}
	return cmd
}
