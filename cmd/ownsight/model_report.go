package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

func modelReportCommand() *cobra.Command {
	var page string
	cmd := onServer(&cobra.Command{
		Use:   "report MODEL",
		Short: "Show how good a model is: the report of its training",
		Long: `Show the report of a model's training: figures by label on pictures that it has not seen, what was tried, what could
not be used. --html saves the report with pictures, to look at in a browser.`,
		Example: `  ownsight model report photos
  ownsight model report photos/v2 --html report.html
  ownsight model report photos/v2 --output json | jq .f1`,
		Args: takes(1, 1, "one model"),
	}, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		v, err := c.Model(ctx, args[0], client.HasReport...)
		if err != nil {
			return nil, nil, err
		}
		t, err := c.Report(ctx, v)
		if err == nil && page != "" {
			err = t.SavePage(page)
		}
		if err == nil {
			err = t.Table(io.Discard) // before anything is printed
		}
		return t, func(w io.Writer) { tellReport(w, t, page) }, err
	})
	cmd.Flags().StringVar(&page, "html", "", "save the report with pictures to this HTML file")
	return cmd
}

func tellReport(w io.Writer, t *client.Trained, page string) {
	_ = t.Table(w)
	if len(t.Unusable) > 0 {
		fmt.Fprintf(w, "\nLeft out of the training (%d):\n", len(t.Unusable))
		for _, u := range t.Unusable[:min(len(t.Unusable), most)] {
			fmt.Fprintf(w, "  %s: %s\n", printable(u.Picture), printable(u.Reason))
		}
	}
	fmt.Fprintf(w, "\nModel %s/%s is %s. Report and model lie in\n%s\n", t.Project, t.Name, t.Status, t.Place())
	if page != "" {
		fmt.Fprintf(w, "\nThe report with pictures, for a browser: %s\n", page)
	}
}

func modelDownloadCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:   "download MODEL FILE.onnx",
		Short: "Save a model as one ONNX file, from picture to answers",
		Long: `Save a model as one ONNX file, from picture to answers; it runs wherever ONNX Runtime does. FILE is there whole or not
at all.`,
		Example: `  ownsight model download photos photos.onnx
  ownsight model download photos/v2 v2.onnx --output json | jq .bytes`,
		Args: takes(2, 2, "a model and a file to write"),
	}, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		v, err := c.Model(ctx, args[0], client.HasReport...)
		if err != nil {
			return nil, nil, err
		}
		size, err := c.DownloadModel(ctx, v, args[1], follow)
		if errors.Is(err, context.Canceled) {
			err = interrupted{"Interrupted; nothing is written."}
		}
		answer := struct {
			client.Version
			File  string `json:"file"`
			Bytes int64  `json:"bytes"`
		}{v, args[1], size}
		return answer, func(w io.Writer) {
			fmt.Fprintf(w, "%s is %s/%s, %s.\n", args[1], v.Project, v.Name, humanize.IBytes(uint64(size)))
		}, err
	})
}
