package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

func projectCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "project",
		Short: "List, create, train, delete, export and import projects",
		Long: `List, create, train, delete, export and import projects.

A project has a training and a test dataset, and models. Export writes all of that into one file, pictures
included, which import makes a project of: on this server, on another, in another account.`,
	}, projectListCommand(), projectCreateCommand(), projectTrainCommand(), projectPolicyCommand(), projectDeleteCommand(), projectExportCommand(), projectImportCommand())
}

func projectListCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:   "list",
		Short: "List the projects, with what they have",
		Example: `  ownsight project list
  ownsight project list --output json | jq -r '.[] | select(.models == 0) | .project'`,
		Args: takes(0, 0, "no arguments"),
	}, func(ctx context.Context, c *client.Client, _ []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		list, err := c.Projects(ctx, "")
		if len(list) == 0 {
			return list, func(w io.Writer) { fmt.Fprintln(w, "No projects yet; `ownsight train DIR` makes one of a folder.") }, err
		}
		return list, table("PROJECT\tTRAIN\tTEST\tMODELS\tRUNNING\tCREATED", func(row func(string, ...any)) {
			for _, p := range list {
				pictures := map[string]string{}
				for _, d := range p.Datasets {
					pictures[d.Type] = fmt.Sprint(d.Pictures)
				}
				row("%s\t%s\t%s\t%d\t%d\t%s", p.Name, pictures["TRAIN"], pictures["TEST"], p.Models, p.Running, p.Created.Local().Format(time.DateTime))
			}
		}), err
	})
}

func projectCreateCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:   "create NAME",
		Short: "Make a project without datasets and models",
		Long:  "Make a project without datasets and models. `ownsight train` makes the project that it needs by itself.",
		Example: `  ownsight project create photos
  ownsight project create photos --output json | jq -r .projectArn`,
		Args: takes(1, 1, "one name"),
	}, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		p, err := c.CreateProject(ctx, args[0])
		return p, func(w io.Writer) { fmt.Fprintf(w, "%s is created.\n%s\n", p.Name, p.ARN) }, err
	})
}

func projectTrainCommand() *cobra.Command {
	var o client.TrainOptions
	var start bool
	var page string
	cmd := &cobra.Command{
		Use:   "train NAME",
		Short: "Train a version of a project's datasets as they are",
		Long: `Train a version of a project's datasets as they are: after labels were changed in the console or by another program.
"ownsight train DIR" makes the datasets of a folder first.

Without a test dataset a fifth of the training pictures is set aside for the report. Report and model lie in the
bucket ownsight-pictures-ACCOUNT, unless --bucket names another, under PROJECT/output/VERSION/.

Ctrl-C does no harm, and the training goes on in the server: call again with the same --version to see it through.
A version is never trained twice.`,
		Example: `  ownsight project train photos
  ownsight project train photos --version v2 --start --report report.html`,
		Args: takes(1, 1, "one project"),
	}
	target, output := targetFlags(cmd), outputFlag(cmd)
	cmd.Flags().StringVar(&o.Version, "version", "", "name of the version (default the time)")
	cmd.Flags().StringVar(&o.Bucket, "bucket", "", "bucket for report and model (default ownsight-pictures-ACCOUNT)")
	cmd.Flags().StringVar(&page, "report", "", "save the report to this HTML file")
	cmd.Flags().BoolVar(&start, "start", false, "start the model when it is trained")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.Project, o.Start = args[0], start
		return train(cmd, (*client.Client).TrainProject, *target, o, page, *output)
	}
	return cmd
}

func projectDeleteCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Delete a project with its models and datasets",
		Long: `Delete a project: its models, which are stopped before, then its datasets, then the project itself. What lies in
S3 stays: pictures, manifests, and what the trainings wrote. A project with a model that is being trained or copied
is left as it is.

It asks before it begins, unless --yes is given. After an interruption call again for the rest.`,
		Example: `  ownsight project delete photos
  ownsight project delete photos --yes`,
		Args: takes(1, 1, "one project"),
	}
	onServer(cmd, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		found, err := c.Projects(ctx, args[0])
		if err != nil {
			return nil, nil, err
		}
		if !yes {
			if err := agree(cmd, "Delete "+whole(found[0])+"?"); err != nil {
				return nil, nil, err
			}
		}
		if err := c.DeleteProject(ctx, args[0], follow); err != nil {
			if ctx.Err() != nil {
				err = interrupted{"Interrupted; a part may be deleted. Call again for the rest."}
			}
			return nil, nil, err
		}
		return found[0], func(w io.Writer) { fmt.Fprintf(w, "%s is deleted. What lies in S3 stays.\n", whole(found[0])) }, nil
	})
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// whole says what a project consists of.
func whole(p client.Project) string {
	var parts []string
	for _, d := range p.Datasets {
		parts = append(parts, fmt.Sprintf("its %s dataset of %s", strings.ToLower(d.Type), count(d.Pictures, "picture")))
	}
	parts = append(parts, fmt.Sprintf("%s, %d running", count(p.Models, "model"), p.Running))
	return fmt.Sprintf("project %s (%s)", p.Name, strings.Join(parts, ", "))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// agree asks for a yes.
func agree(cmd *cobra.Command, question string) error {
	fmt.Fprint(cmd.ErrOrStderr(), question+" [yes/no] ")
	answer, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 100)).ReadString('\n')
	switch {
	case strings.EqualFold(strings.TrimSpace(answer), "yes"):
		return nil
	case err != nil:
		fmt.Fprintln(cmd.ErrOrStderr())
		return usageError{errors.New("there is nobody to ask; --yes goes on without")}
	}
	return errors.New("nothing is done")
}
