package main

import (
	"context"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

func projectExportCommand() *cobra.Command {
	var noModels bool
	cmd := onServer(&cobra.Command{
		Use:   "export NAME FILE.tar",
		Short: "Write a project into one file: pictures, labels, models",
		Long: `Write a project into one file, a plain tar: the entries of both datasets, their pictures, and of every trained
model the ONNX file, its card and its report, as far as these lie in S3.

  manifest.json                  what is in the file
  train.manifest test.manifest   the entries; their source-refs are names in the tar
  models/VERSION/...             Model.onnx, Model.json, EvaluationReport.html, ...
  pictures/...

Taken apart with tar, it is a folder that ` + "`ownsight train`" + ` reads. FILE is there whole or not at all. Entries whose
pictures are gone are written, and told.`,
		Example: `  ownsight project export photos photos.tar
  ownsight project export photos photos.tar --no-models --output json | jq .pictures`,
		Args: takes(2, 2, "a project and a file to write"),
	}, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		done, err := c.ExportProject(ctx, args[0], args[1], !noModels, follow)
		if err != nil && ctx.Err() != nil {
			err = interrupted{"Interrupted; nothing is written."}
		}
		return done, func(w io.Writer) {
			if len(done.Missing) > 0 {
				fmt.Fprintf(w, "Pictures that are not there, or larger than the service takes, and not in the file: %s\n", printable(some(done.Missing)))
			}
			fmt.Fprintf(w, "%s has %s: %s", args[1], args[0], archived(done.Datasets))
			fmt.Fprintf(w, "%s of %s, %s.\n", count(done.Pictures, "picture"), humanize.IBytes(uint64(done.Bytes)), count(len(done.Models), "model"))
		}, err
	})
	cmd.Flags().BoolVar(&noModels, "no-models", false, "leave out the models")
	return cmd
}

// archived lists datasets, with a comma after each.
func archived(list []client.ArchivedDataset) (text string) {
	for _, d := range list {
		text += fmt.Sprintf("%s dataset with %d entries, ", d.Type, d.Entries)
	}
	return text
}

func projectImportCommand() *cobra.Command {
	var o client.ImportOptions
	cmd := onServer(&cobra.Command{
		Use:   "import FILE.tar",
		Short: "Make a project of a file that export has written",
		Long: `Make a project of a file that ` + "`ownsight project export`" + ` has written: its pictures go to the server's S3, below
PROJECT/pictures/ in the bucket ownsight-pictures-ACCOUNT unless --bucket names another, and the project gets its
datasets.

A model cannot be given to a server, for the API of AWS has no operation for it: the models' files are put into the
bucket below PROJECT/imported/VERSION/. Model.onnx runs wherever ONNX Runtime does; ` + "`ownsight model copy`" + ` copies a model
within a server, and training again makes one here.

Call again after an interruption: what is there is not sent again. A project that has other entries, or another
picture under the same key, is left as it is; --as gives the import a name of its own.`,
		Example: `  ownsight project import photos.tar
  ownsight project import photos.tar --as photos-2026 --bucket line-3`,
		Args: takes(1, 1, "one file"),
	}, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		o.File = args[0]
		done, err := c.ImportProject(ctx, o, follow)
		if err != nil && ctx.Err() != nil {
			err = interrupted{"Interrupted; nothing is lost. Pictures that were sent are not sent again when you call this again."}
		}
		return done, func(w io.Writer) {
			fmt.Fprintf(w, "%s has %s%s, %d of them sent now.\n", done.Project, archived(done.Datasets), count(done.Pictures, "picture"), done.Sent)
			if len(done.Models) > 0 {
				fmt.Fprintf(w, "The files of %s lie in %s; no server takes them in as models.\n", count(len(done.Models), "model"), done.ModelsAt)
			}
			fmt.Fprintf(w, "\nTrain it in the console, or with CreateProjectVersion; look at it with\n\n  ownsight dataset show %s%s\n", done.Project, flagsFor(c))
		}, err
	})
	cmd.Flags().StringVar(&o.Project, "as", "", "name of the project (default the one that it had)")
	cmd.Flags().StringVar(&o.Bucket, "bucket", "", "bucket for pictures and models (default ownsight-pictures-ACCOUNT)")
	return cmd
}
