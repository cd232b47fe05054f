package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

// oneDataset is the PROJECT train|test that the arguments of a command begin with.
func oneDataset(args []string) (project, kind string, err error) {
	kind, err = kindOf(args[1:2])
	return args[0], kind, err
}

// tellDataset is what a command that changes a dataset says.
func tellDataset(d client.Dataset, err error) (any, func(io.Writer), error) {
	return d, func(w io.Writer) { datasetFacts(w, d) }, err
}

func datasetCreateCommand() *cobra.Command {
	var from client.DatasetSource
	cmd := onServer(&cobra.Command{
		Use:   "create PROJECT train|test",
		Short: "Make a dataset of a manifest in S3, of another dataset, or an empty one",
		Long: `Make a dataset of a manifest of Ground Truth in S3, of another dataset, or, where neither is named, an empty one that
` + "`ownsight dataset update`" + ` and the console fill. ` + "`ownsight train DIR`" + ` makes datasets of a folder.`,
		Example: `  ownsight dataset create photos train --manifest s3://line-3/train.manifest
  ownsight dataset create photos test --from last-year`,
		Args: takes(2, 2, "a project, and train or test"),
	}, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		project, kind, err := oneDataset(args)
		if err != nil {
			return nil, nil, err
		}
		if from.Manifest != "" && from.Dataset != "" {
			return nil, nil, usageError{errors.New("name a manifest or another dataset, not both")}
		}
		return tellDataset(c.CreateDataset(ctx, project, kind, from, follow))
	})
	cmd.Flags().StringVar(&from.Manifest, "manifest", "", "s3://BUCKET/KEY of a manifest")
	cmd.Flags().StringVar(&from.Dataset, "from", "", "project whose dataset of this kind is copied, or the ARN of a dataset")
	return cmd
}

func datasetUpdateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "update PROJECT train|test FILE",
		Short: "Add the lines of a manifest to a dataset, or change those that are there",
		Long: `Add the lines of a manifest to a dataset. A line whose picture (source-ref) is there already takes the place of that
entry, so that this relabels pictures, too. Entries that FILE does not name stay. "-" reads standard input.

No operation removes a single entry: make the dataset anew without it.`,
		Example: `  ownsight dataset update photos train more.manifest
  sed s/rusty/rust/ all.manifest | ownsight dataset update photos train -`,
		Args: takes(3, 3, "a project, train or test, and a file"),
	}
	return onServer(cmd, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		project, kind, err := oneDataset(args)
		if err != nil {
			return nil, nil, err
		}
		in := cmd.InOrStdin()
		if args[2] != "-" {
			file, err := os.Open(args[2])
			if err != nil {
				return nil, nil, err
			}
			defer file.Close()
			in = file
		}
		return tellDataset(c.UpdateDataset(ctx, project, kind, in, follow))
	})
}

func datasetSplitCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:   "split PROJECT",
		Short: "Move a fifth of the training dataset to the test dataset",
		Long: `Move a fifth of the training dataset's pictures, of each label alike, to the test dataset, which is made if there is
none, and must be empty if there is one. A training without a test dataset does the same for itself and leaves the
datasets as they are.`,
		Example: `  ownsight dataset split photos`,
		Args:    takes(1, 1, "one project"),
	}, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		list, err := c.SplitDataset(ctx, args[0], follow)
		return list, func(w io.Writer) {
			for _, d := range list {
				datasetFacts(w, d)
			}
		}, err
	})
}

func datasetDeleteCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete PROJECT train|test",
		Short: "Delete a dataset; its pictures stay in S3",
		Long: `Delete a dataset with the labels in it. Its pictures stay in S3, models that were trained on it stay, too.

It asks before it begins, unless --yes is given. ` + "`ownsight dataset export`" + ` saves the labels before.`,
		Example: `  ownsight dataset delete photos test --yes`,
		Args:    takes(2, 2, "a project, and train or test"),
	}
	onServer(cmd, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		project, kind, err := oneDataset(args)
		if err != nil {
			return nil, nil, err
		}
		list, err := c.Datasets(ctx, project, kind)
		if err != nil {
			return nil, nil, err
		}
		what := fmt.Sprintf("the %s dataset of project %s (%s)", strings.ToLower(kind), project, count(list[0].Pictures, "picture"))
		if !yes {
			if err := agree(cmd, "Delete "+what+"?"); err != nil {
				return nil, nil, err
			}
		}
		err = c.DeleteDataset(ctx, list[0], follow)
		if err != nil && errors.Is(ctx.Err(), context.Canceled) {
			err = interrupted{"Interrupted; the deletion goes on in the server."}
		}
		return list[0], func(w io.Writer) { fmt.Fprintln(w, strings.ToUpper(what[:1])+what[1:]+" is deleted.") }, err
	})
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
