package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

func datasetCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "dataset",
		Short: "Make, show, list, check, change and export the datasets of a project",
		Long: `Make, show, list, check, change and export the datasets of a project.

Train or test says which of them is meant; both, where nothing is said.`,
	}, datasetCreateCommand(), datasetShowCommand(), datasetListCommand(), datasetErrorsCommand(), datasetUpdateCommand(), datasetSplitCommand(),
		datasetExportCommand(), datasetDeleteCommand())
}

// onDatasets takes PROJECT [train|test].
func onDatasets(cmd *cobra.Command) *cobra.Command {
	cmd.Args = func(c *cobra.Command, args []string) error {
		if err := takes(1, 2, "a project, and perhaps train or test")(c, args); err != nil {
			return err
		}
		_, err := kindOf(args[1:])
		return err
	}
	return cmd
}

// kindOf reads train or test; empty where nothing is said.
func kindOf(args []string) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	kind := strings.ToUpper(args[0])
	if kind != "TRAIN" && kind != "TEST" {
		return "", usageError{fmt.Errorf("%q is neither train nor test", args[0])}
	}
	return kind, nil
}

func datasetShowCommand() *cobra.Command {
	return onServer(onDatasets(&cobra.Command{
		Use:   "show PROJECT [train|test]",
		Short: "Count the pictures of a dataset by their labels",
		Example: `  ownsight dataset show photos
  ownsight dataset show photos train --output json | jq '.[0].labels'`,
	}), func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		kind, err := kindOf(args[1:])
		if err != nil {
			return nil, nil, err
		}
		list, err := c.Datasets(ctx, args[0], kind)
		return list, func(w io.Writer) {
			for n, d := range list {
				if n > 0 {
					fmt.Fprintln(w)
				}
				datasetFacts(w, d)
			}
		}, err
	})
}

// datasetFacts are what a dataset holds.
func datasetFacts(w io.Writer, d client.Dataset) {
	fmt.Fprintf(w, "%s of %s: %s, %d unlabelled, %d with errors; %s, %s\n", d.Type, d.Project, count(d.Pictures, "picture"),
		d.Pictures-d.Labelled, d.Faulty, d.Status, d.Updated.Local().Format(time.DateTime))
	if strings.HasSuffix(d.Status, "_FAILED") {
		fmt.Fprintln(w, printable(d.Message))
	}
	if len(d.Labels) == 0 {
		return
	}
	table("LABEL\tPICTURES\tBOXES", func(row func(string, ...any)) {
		for _, l := range d.Labels {
			boxes := ""
			if l.Boxes > 0 {
				boxes = fmt.Sprint(l.Boxes)
			}
			row("%s\t%d\t%s", printable(l.Name), l.Pictures, boxes)
		}
	})(w)
	if d.Faulty > 0 {
		fmt.Fprintf(w, "`ownsight dataset errors %s %s` says what is wrong.\n", d.Project, strings.ToLower(d.Type))
	}
}

// eachEntry tells of the entries of the datasets that args name: a JSON object a line, or in words.
func eachEntry(cmd *cobra.Command, target client.Target, args []string, f client.EntryFilter, output format, words func(client.Entry) bool) error {
	kind, err := kindOf(args[1:])
	if err != nil {
		return err
	}
	c, err := client.Connect(cmd.Context(), target)
	if err != nil {
		return err
	}
	list, err := c.Datasets(cmd.Context(), args[0], kind)
	if err != nil {
		return err
	}
	for _, d := range list {
		err := c.Entries(cmd.Context(), d, f, func(e client.Entry) error {
			if words(e) && output == asJSON {
				return writeLine(cmd.OutOrStdout(), e)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func datasetListCommand() *cobra.Command {
	var f client.EntryFilter
	cmd := onDatasets(&cobra.Command{
		Use:   "list PROJECT [train|test]",
		Short: "List the pictures of a dataset with their labels",
		Long: `List the pictures of a dataset with their labels, a line each. Boxes are counted in brackets.

--output json prints one JSON object a line: dataset, line, picture, labelled, labels, boxes (in pixels), errors.`,
		Example: `  ownsight dataset list photos
  ownsight dataset list photos train --unlabelled
  ownsight dataset list photos --label crack --output json | jq -r .picture`,
	})
	target, output := targetFlags(cmd), outputFlag(cmd)
	cmd.Flags().StringVar(&f.Label, "label", "", "only pictures with this label")
	cmd.Flags().BoolVar(&f.Unlabelled, "unlabelled", false, "only pictures without labels")
	cmd.Flags().StringVar(&f.Contains, "contains", "", "only pictures whose s3://BUCKET/KEY has this in it")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return eachEntry(cmd, *target, args, f, *output, func(e client.Entry) bool {
			if *output == asText {
				fmt.Fprintf(cmd.OutOrStdout(), "%-5s  %s  %s\n", e.Dataset, printable(e.Picture), printable(labelling(e)))
			}
			return true
		})
	}
	return cmd
}

// labelling says what labels a picture has.
func labelling(e client.Entry) string {
	parts := append([]string{}, e.Labels...)
	boxes, order := map[string]int{}, []string(nil)
	for _, b := range e.Boxes {
		if boxes[b.Label]++; boxes[b.Label] == 1 {
			order = append(order, b.Label)
		}
	}
	for _, label := range order {
		parts = append(parts, fmt.Sprintf("%s [%d]", label, boxes[label]))
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ")
	case e.Labelled:
		return "(nothing usable)"
	}
	return "(unlabelled)"
}

func datasetErrorsCommand() *cobra.Command {
	cmd := onDatasets(&cobra.Command{
		Use:   "errors PROJECT [train|test]",
		Short: "Say what is wrong with the entries of a dataset, and what to do",
		Long: `Say what is wrong with the entries of a dataset, and what to do about it. The number of a line is that in the file
which ` + "`ownsight dataset export`" + ` writes. That a picture cannot be read is found out by the training only, and told there:
see ` + "`ownsight model report`" + `.

--output json prints one JSON object a line for each picture. The exit code is 0 whether there are errors or not.`,
		Example: `  ownsight dataset errors photos
  ownsight dataset errors photos train --output json | jq -r '.errors[].code' | sort | uniq -c`,
	})
	target, output := targetFlags(cmd), outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		found := 0
		err := eachEntry(cmd, *target, args, client.EntryFilter{}, *output, func(e client.Entry) bool {
			if len(e.Errors) == 0 {
				return false
			}
			found++
			if *output == asText {
				entryErrors(cmd.OutOrStdout(), e)
			}
			return true
		})
		if err == nil && found == 0 && *output == asText {
			fmt.Fprintln(cmd.OutOrStdout(), "No errors.")
		}
		return err
	}
	return cmd
}

func entryErrors(w io.Writer, e client.Entry) {
	fmt.Fprintf(w, "%s line %d, %s\n", e.Dataset, e.Line, printable(e.Picture))
	for _, problem := range e.Errors {
		fmt.Fprintf(w, "  %s: %s", problem.Code, printable(problem.Text))
		if problem.Attribute != "" && !strings.Contains(problem.Text, problem.Attribute) {
			fmt.Fprintf(w, " (%s)", printable(problem.Attribute))
		}
		fmt.Fprintln(w)
		if problem.Remedy != "" {
			fmt.Fprintf(w, "  → %s\n", problem.Remedy)
		}
	}
}

func datasetExportCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:   "export PROJECT train|test FILE.manifest",
		Short: "Write a dataset as a manifest of Ground Truth",
		Long: `Write a dataset as a manifest of Ground Truth, which can be imported again, here and by AWS. The pictures stay where
they are; ` + "`ownsight project export`" + ` takes them along.`,
		Example: `  ownsight dataset export photos train photos.manifest`,
		Args:    takes(3, 3, "a project, train or test, and a file to write"),
	}, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		kind, err := kindOf(args[1:2])
		if err != nil {
			return nil, nil, err
		}
		list, err := c.Datasets(ctx, args[0], kind)
		if err != nil {
			return nil, nil, err
		}
		lines, err := c.ExportDataset(ctx, list[0], args[2], follow)
		answer := struct {
			Dataset string `json:"datasetArn"`
			File    string `json:"file"`
			Lines   int    `json:"lines"`
		}{list[0].ARN, args[2], lines}
		return answer, func(w io.Writer) { fmt.Fprintf(w, "%s has %s.\n", args[2], count(lines, "line")) }, err
	})
}
