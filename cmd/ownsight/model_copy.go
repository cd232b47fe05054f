package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

func modelCopyCommand() *cobra.Command {
	var o client.CopyOptions
	cmd := onServer(&cobra.Command{
		Use:   "copy MODEL PROJECT",
		Short: "Copy a model into another project",
		Long: `Copy a model into another project, which is named or given as its ARN, and wait until it is there.

The model of another account is given as its ARN, with that of its project as --from; a policy of that project must
allow the copy: ` + "`ownsight project policy put`" + `.`,
		Example: `  ownsight model copy photos/v2 production
  ownsight model copy photos/v2 arn:aws:rekognition:us-east-1:111122223333:project/production/1764000000000 --name v1`,
		Args: takes(2, 2, "a model and the project that gets it"),
	}, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		o.Project = args[1]
		v, err := c.CopyModel(ctx, args[0], o, follow)
		if err != nil && ctx.Err() != nil {
			err = interrupted{"Interrupted; a copy that has begun goes on in the server. See ownsight model list"}
		}
		return v, func(w io.Writer) { fmt.Fprintf(w, "%s/%s is %s.\n", v.Project, v.Name, v.Status) }, err
	})
	cmd.Flags().StringVar(&o.Name, "name", "", "name of the copy (default that of the model)")
	cmd.Flags().StringVar(&o.Bucket, "bucket", "", "bucket for what the training left (default ownsight-pictures-ACCOUNT)")
	cmd.Flags().StringVar(&o.From, "from", "", "ARN of the model's project, for the model of another account")
	return cmd
}

func modelUnitsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "units MODEL MIN [MAX]",
		Short: "Change the inference units of a running model while it runs",
		Long: `Change the inference units of a running model while it runs. MIN units are reserved for it. With MAX they grow
with the load up to that; without, they stay at MIN.`,
		Example: `  ownsight model units photos 2
  ownsight model units photos/v2 1 4`,
		Args: func(c *cobra.Command, args []string) error {
			if err := takes(2, 3, "a model, its least units and perhaps its most")(c, args); err != nil {
				return err
			}
			_, err := unitsIn(args[1:])
			return err
		},
	}
	return onServer(cmd, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		units, err := unitsIn(args[1:])
		if err != nil {
			return nil, nil, err
		}
		v, err := c.Model(ctx, args[0], types.ProjectVersionStatusRunning)
		if err == nil && v.Status != string(types.ProjectVersionStatusRunning) {
			err = fmt.Errorf("%s/%s is %s; units are changed while it runs, and given to `ownsight model start` before", v.Project, v.Name, v.Status)
		}
		if err == nil {
			v, err = c.SetUnits(ctx, v, units[0], units[1])
		}
		return v, func(w io.Writer) {
			fmt.Fprintf(w, "%s/%s is %s with %s", v.Project, v.Name, v.Status, count(int(v.MinUnits), "unit"))
			if v.MaxUnits > 0 {
				fmt.Fprintf(w, ", %d at most", v.MaxUnits)
			}
			fmt.Fprintln(w, ".")
		}, err
	})
}

// unitsIn reads MIN and perhaps MAX, which is 0 otherwise.
func unitsIn(args []string) (units [2]int32, err error) {
	for n, text := range args {
		number, err := strconv.ParseInt(text, 10, 32)
		if units[n] = int32(number); err != nil || number < 1 || units[n] < units[0] {
			return units, usageError{fmt.Errorf("%q is no number of units: MIN is at least 1, MAX at least MIN", text)}
		}
	}
	return units, nil
}
