package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

func detectCommand() *cobra.Command {
	var least float32
	var most int32
	var recursive bool
	cmd := &cobra.Command{
		Use:   "detect MODEL PICTURE...",
		Short: "Ask a running model what it sees in pictures",
		Long: `Ask a running model what it sees in pictures.

MODEL is PROJECT (its newest running version), PROJECT/VERSION or the ARN of a version. PICTURE is a JPEG or
PNG file of at most 4 MB, an object in the server's S3 as s3://BUCKET/KEY of at most 15 MB, or, with
--recursive, a folder whose pictures are all asked about.

A label is an answer when the model's confidence reaches the threshold that training found for this label;
--min-confidence puts one threshold in its place, and 0 shows every label.

--output json prints one JSON object a line for each picture: picture, labels (name, confidence in per cent,
best first), milliseconds, and error where there is no answer. Other pictures are asked about all the same;
the exit code is then 1.`,
		Example: `  ownsight detect photos a.jpg b.png
  ownsight detect photos/v2 --recursive ./inbox --min-confidence 80
  ownsight detect photos --output json a.jpg | jq -r '.labels[0].name'`,
		Args: takes(2, -1, "a model and at least one picture"),
	}
	target, output := targetFlags(cmd), outputFlag(cmd)
	cmd.Flags().Float32Var(&least, "min-confidence", 0, "least confidence of an answer, 0 to 100 (default each label's own threshold)")
	cmd.Flags().Int32Var(&most, "max-results", 0, "most answers to a picture, the best ones (default all)")
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "look at the pictures in folders, and below")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var o client.DetectOptions
		if cmd.Flags().Changed("min-confidence") {
			o.MinConfidence = &least
		}
		if cmd.Flags().Changed("max-results") {
			o.MaxResults = &most
		}
		if least < 0 || least > 100 || most < 0 {
			return usageError{errors.New("--min-confidence lies between 0 and 100, --max-results is not negative")}
		}
		pictures := args[1:]
		if recursive {
			var err error
			if pictures, err = client.PicturesIn(pictures); err != nil {
				return err
			}
		}
		return detect(cmd, *target, args[0], pictures, o, *output)
	}
	return cmd
}

func detect(cmd *cobra.Command, target client.Target, model string, pictures []string, o client.DetectOptions, output format) error {
	ctx := cmd.Context()
	if len(pictures) == 0 {
		return errors.New("there is no .jpg, .jpeg or .png file in these folders")
	}
	c, err := client.Connect(ctx, target)
	if err != nil {
		return err
	}
	v, err := c.Model(ctx, model, types.ProjectVersionStatusRunning)
	if err != nil {
		return err
	}
	show := answers(cmd.OutOrStdout(), pictures)
	if output == asJSON {
		show = func(a client.Answer) error { return writeLine(cmd.OutOrStdout(), a) }
	}
	failed := 0
	err = c.Detect(ctx, v, pictures, o, func(a client.Answer) error {
		if a.Error != "" {
			failed++
			fmt.Fprintf(cmd.ErrOrStderr(), "ownsight: %s: %s\n", printable(a.Picture), a.Error)
			if output == asText {
				return nil
			}
		}
		return show(a)
	})
	if err == nil && failed > 0 {
		return fmt.Errorf("no answer for %d of %d pictures", failed, len(pictures))
	}
	return err
}

// answers prints a line for each label, in columns that fit all the pictures.
func answers(w io.Writer, pictures []string) func(client.Answer) error {
	width := len("Picture")
	for _, p := range pictures {
		width = max(width, len([]rune(p)))
	}
	header := false
	return func(a client.Answer) error {
		if !header {
			header = true
			fmt.Fprintf(w, "%-*s  Confidence  Label\n%s\n", width, "Picture", strings.Repeat("─", width+len("  Confidence  Label")))
		}
		for i, l := range a.Labels {
			name := a.Picture
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(w, "%-*s  %8.1f %%  %s%s\n", width, printable(name), l.Confidence, printable(l.Name), where(l.Box))
		}
		if len(a.Labels) == 0 {
			fmt.Fprintf(w, "%-*s  %10s  no label reaches its threshold\n", width, printable(a.Picture), "")
		}
		return nil
	}
}

// where tells the place of an object in percent of the picture's sides.
func where(b *client.Box) string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf("  %.0f %% from left, %.0f %% from top, %.0f %% wide, %.0f %% high", 100*b.Left, 100*b.Top, 100*b.Width, 100*b.Height)
}
