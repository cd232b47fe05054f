package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
	"ownsight/internal/dataset/source"
)

func trainCommand() *cobra.Command {
	var o client.TrainOptions
	var noStart bool
	var page string
	cmd := &cobra.Command{
		Use:   "train DIR",
		Short: "Make a running model of a folder of pictures",
		Long: `Make a running model of a folder of JPEG and PNG pictures, on a server that runs already.

DIR has a folder for each label. A fifth of the pictures is set aside to test the model with:

  photos/good/1.jpg      photos/crack/7.jpg      photos/rust/3.png

Or it has the same below train and test, to choose yourself which pictures test the model:

  photos/train/good/1.jpg      photos/test/good/9.jpg

Or it is labelled in another way, which is found out, or named with --layout:

  voc          Annotations/*.xml, JPEGImages/, perhaps ImageSets/Main/{train,val,test}.txt
  coco         annotations/instances_*.json, or another *.json with images, annotations and categories
  yolo         labels/*.txt, images/, and classes.txt or the names of data.yaml
  manifest     *.manifest of Ground Truth, whose pictures lie in S3 or in DIR
  labels.csv   file,split,label                           several labels of a picture are joined by |
  boxes.csv    file,split,label,left,top,width,height,image_width,image_height          in pixels

What is called train or test, in a file or by a folder, is for that; val tests where there is no test.

The pictures go to the server's S3, into the bucket ownsight-pictures-ACCOUNT unless --bucket names another;
the project's datasets are made to say what the folder says; a version is trained, evaluated and started.
Report and model lie in that bucket under PROJECT/output/VERSION/. EvaluationReport-PROJECT-VERSION.html
is for people: open it in a browser, it needs nothing besides itself. --report saves it here.

Ctrl-C does no harm at any time. Pictures that were sent are not sent again, and a training goes on in the
server: call again with the same --version to see it through. A version is never trained twice.`,
		Example: `  ownsight train ./photos                          project photos, version by the time
  ownsight train ./photos --version v2 --no-start  train only; start it later with ownsight model start
  ownsight train ./photos --report report.html     save the report, to look at in a browser
  ownsight train ./photos --output json | jq .f1   for scripts`,
		Args: takes(1, 1, "one folder of pictures"),
	}
	target, output := targetFlags(cmd), outputFlag(cmd)
	cmd.Flags().Var((*layoutFlag)(&o.Layout), "layout", "how DIR is labelled (default found out)")
	cmd.Flags().StringVar(&o.Project, "project", "", "name of the project (default the folder's name)")
	cmd.Flags().StringVar(&o.Version, "version", "", "name of the version (default the time)")
	cmd.Flags().StringVar(&o.Bucket, "bucket", "", "bucket for pictures, report and model (default ownsight-pictures-ACCOUNT)")
	cmd.Flags().StringVar(&page, "report", "", "save the report to this HTML file")
	cmd.Flags().BoolVar(&noStart, "no-start", false, "do not start the model")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.Folder, o.Start = args[0], !noStart
		return train(cmd, (*client.Client).Train, *target, o, page, *output)
	}
	return cmd
}

// training is one of the client's ways to get a trained version.
type training func(*client.Client, context.Context, client.TrainOptions, func(client.Progress)) (*client.Trained, error)

// layoutFlag is the value of --layout.
type layoutFlag source.Layout

func (f *layoutFlag) String() string { return string(*f) }
func (f *layoutFlag) Type() string   { return "LAYOUT" }
func (f *layoutFlag) Set(s string) error {
	if *f = layoutFlag(s); !slices.Contains(source.Layouts(), source.Layout(s)) {
		return fmt.Errorf("%q is none of %v", s, source.Layouts())
	}
	return nil
}

func train(cmd *cobra.Command, by training, target client.Target, o client.TrainOptions, page string, output format) error {
	ctx := cmd.Context()
	c, err := client.Connect(ctx, target)
	if err != nil {
		return err
	}
	show := newProgress(cmd.ErrOrStderr())
	t, err := by(c, ctx, o, show.follow)
	show.stop(err)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return interrupted{advice(t, o)}
	}
	if page != "" && t.Report != nil {
		err = errors.Join(t.SavePage(page), err)
	}
	if output == asJSON {
		if t.ARN != "" {
			err = errors.Join(writeJSON(cmd.OutOrStdout(), t), err)
		}
		return err
	}
	tellProblems(cmd.OutOrStdout(), t)
	return errors.Join(tell(cmd.OutOrStdout(), c, t, page), err)
}

// advice says how things stand after Ctrl-C.
func advice(t *client.Trained, o client.TrainOptions) string {
	switch {
	case t.ARN == "":
		return "Interrupted; nothing is lost. Pictures that were sent are not sent again when you call this again."
	case t.Report == nil:
		again := fmt.Sprintf("train %s --project %s", quote(o.Folder), t.Project)
		if o.Folder == "" {
			again = "project train " + t.Project
		}
		return fmt.Sprintf(`Interrupted; the training goes on in the server.
  see how it is going:  ownsight model list %s
  see it through:       ownsight %s --version %s`, t.Project, again, t.Name)
	}
	return fmt.Sprintf("Interrupted; the training is done, and the server goes on starting the model. See ownsight model list %s", t.Project)
}

// quote makes a path safe to be pasted into a shell.
func quote(path string) string {
	if strings.ContainsAny(path, " '\"\\$`!*?[](){}<>|&;#~\t\n") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// named is how many of a long list are told by name.
const named = 5

// most is how many problems of a folder are told.
const most = 20

// tellProblems shows people what of the folder could not be used as it stands.
func tellProblems(w io.Writer, t *client.Trained) {
	for i, p := range t.Problems {
		if i == 0 {
			fmt.Fprintf(w, "\nOf the folder, read as %s (%d to know of):\n", t.Layout, len(t.Problems)+t.Untold)
		}
		if i == most {
			fmt.Fprintf(w, "  and %d more; --output json names them\n", len(t.Problems)+t.Untold-most)
			break
		}
		fmt.Fprintf(w, "  %s\n", printable(p.String()))
	}
}

// tell shows people what has come of a training, as far as it went.
func tell(w io.Writer, c *client.Client, t *client.Trained, page string) error {
	if len(t.Skipped) > 0 {
		fmt.Fprintf(w, "\nNot uploaded, since they are no pictures in a label's folder: %s\n", some(t.Skipped))
	}
	for i, u := range t.Unusable {
		if i == 0 {
			fmt.Fprintf(w, "\nLeft out of the training (%d):\n", len(t.Unusable))
		}
		if i == named {
			fmt.Fprintf(w, "  and %d more; the validation manifests in %s name all\n", len(t.Unusable)-named, t.Place())
			break
		}
		fmt.Fprintf(w, "  %s: %s\n", u.Picture, u.Reason)
	}
	if t.Report == nil {
		return nil
	}
	if t.Found {
		fmt.Fprintf(w, "\n%s/%s was there already and is not trained again; another --version is.\n", t.Project, t.Name)
	}
	fmt.Fprintln(w)
	if err := t.Table(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nModel %s/%s is %s. Report and model lie in\n%s\n", t.Project, t.Name, t.Status, t.Place())
	tellPage(w, t, page)
	fmt.Fprint(w, next(c, t))
	return nil
}

// tellPage says where the report to look at is.
func tellPage(w io.Writer, t *client.Trained, saved string) {
	switch place := t.PagePlace(); {
	case place == "": // AWS leaves none
	case saved != "":
		fmt.Fprintf(w, "\nThe report with pictures, for a browser: %s\n", saved)
	default:
		fmt.Fprintf(w, "\nThe report with pictures, for a browser (--report FILE.html saves it):\n%s\n", place)
	}
}

func some(list []string) string {
	if len(list) <= named {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:named], ", "), len(list)-named)
}
