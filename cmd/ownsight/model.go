package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

func modelCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "model",
		Short: "List, start, stop, copy, download and delete models",
		Long: `List, start, stop, copy, download and delete models, and show how good they are.

A model is named PROJECT/VERSION or by the ARN of the version. Where only PROJECT is given, start takes its
newest version that can be started, stop and units its newest that is running, report, download and copy its newest
that is trained.`,
	}, modelListCommand(), modelStartCommand(), modelStopCommand(), modelUnitsCommand(), modelReportCommand(),
		modelDownloadCommand(), modelCopyCommand(), modelTagCommand(), modelDeleteCommand())
}

func modelListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [PROJECT]",
		Short: "List the models of a project, or of all",
		Example: `  ownsight model list
  ownsight model list photos --output json | jq -r '.[] | select(.status == "RUNNING") | .versionArn'`,
		Args: takes(0, 1, "at most one project"),
	}
	target, output := targetFlags(cmd), outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := client.Connect(cmd.Context(), *target)
		if err != nil {
			return err
		}
		project := ""
		if len(args) > 0 {
			project = args[0]
		}
		list, err := c.Versions(cmd.Context(), project)
		switch {
		case err != nil:
			return err
		case *output == asJSON:
			return writeJSON(cmd.OutOrStdout(), list)
		case len(list) == 0:
			fmt.Fprintln(cmd.OutOrStdout(), "No models yet; train one with `ownsight train DIR`.")
			return nil
		}
		listTable(cmd.OutOrStdout(), list)
		return nil
	}
	return cmd
}

func listTable(w io.Writer, list []client.Version) {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "PROJECT\tVERSION\tSTATUS\tF1\tUNITS\tCREATED")
	for _, v := range list {
		f1, units := "", ""
		if v.F1 != nil {
			f1 = fmt.Sprintf("%.3f", *v.F1)
		}
		if v.Status == string(types.ProjectVersionStatusRunning) {
			units = strconv.Itoa(int(v.MinUnits))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", v.Project, v.Name, v.Status, f1, units, v.Created.Local().Format(time.DateTime))
	}
	t.Flush()
	for _, v := range list {
		switch types.ProjectVersionStatus(v.Status) {
		case types.ProjectVersionStatusTrainingInProgress, types.ProjectVersionStatusTrainingFailed, types.ProjectVersionStatusFailed:
			fmt.Fprintf(w, "\n%s/%s: %s\n", v.Project, v.Name, v.Message)
		}
	}
}

func modelStartCommand() *cobra.Command {
	var units int32
	cmd := changeCommand(&cobra.Command{
		Use:   "start MODEL",
		Short: "Start a model and wait until it answers",
		Example: `  ownsight model start photos
  ownsight model start photos/v2 --units 2`,
	}, client.Startable, func(ctx context.Context, c *client.Client, v client.Version, follow func(client.Progress)) (client.Version, error) {
		return c.Start(ctx, v, units, follow)
	})
	cmd.Flags().Int32Var(&units, "units", 1, "inference units: how much of the machine the model may take at least")
	return cmd
}

func modelStopCommand() *cobra.Command {
	return changeCommand(&cobra.Command{
		Use:     "stop MODEL",
		Short:   "Stop a running model",
		Example: `  ownsight model stop photos`,
	}, []types.ProjectVersionStatus{types.ProjectVersionStatusRunning},
		func(ctx context.Context, c *client.Client, v client.Version, follow func(client.Progress)) (client.Version, error) {
			return c.Stop(ctx, v, follow)
		})
}

func modelDeleteCommand() *cobra.Command {
	return changeCommand(&cobra.Command{
		Use:     "delete PROJECT/VERSION",
		Short:   "Delete a model that neither trains nor runs",
		Long:    "Delete a model that neither trains nor runs. What its training wrote to S3 stays.",
		Example: `  ownsight model delete photos/v1`,
	}, nil, // the version is always named
		func(ctx context.Context, c *client.Client, v client.Version, follow func(client.Progress)) (client.Version, error) {
			v.Status = "DELETED"
			return v, c.Delete(ctx, v, follow)
		})
}

// changeCommand makes a command that brings one model into another state and says which.
func changeCommand(cmd *cobra.Command, from []types.ProjectVersionStatus,
	change func(context.Context, *client.Client, client.Version, func(client.Progress)) (client.Version, error)) *cobra.Command {
	cmd.Args = takes(1, 1, "one model")
	target, output := targetFlags(cmd), outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		c, err := client.Connect(ctx, *target)
		if err != nil {
			return err
		}
		v, err := c.Model(ctx, args[0], from...)
		if err != nil {
			return err
		}
		show := newProgress(cmd.ErrOrStderr())
		v, err = change(ctx, c, v, show.follow)
		show.stop(err)
		if errors.Is(err, context.Canceled) && ctx.Err() != nil {
			return interrupted{"Interrupted; the server goes on. See ownsight model list " + v.Project}
		}
		if err != nil {
			return err
		}
		if *output == asJSON {
			return writeJSON(cmd.OutOrStdout(), v)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s/%s is %s.\n", v.Project, v.Name, v.Status)
		return nil
	}
	return cmd
}
