package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/spf13/cobra"

	"ownsight/internal/client"
	"ownsight/internal/modelfile"
)

func detectCommand() *cobra.Command {
	var least float32
	var most int32
	var recursive bool
	var to string
	cmd := &cobra.Command{
		Use:   "detect MODEL PICTURE...",
		Short: "Ask a running model what it sees in pictures",
		Long: `Ask a running model what it sees in pictures.

MODEL is PROJECT (its newest running version), PROJECT/VERSION or the ARN of a version. PICTURE is a JPEG or
PNG file of at most 4 MB, an object in the server's S3 as s3://BUCKET/KEY of at most 15 MB, or, with
--recursive, a folder or s3://BUCKET/PREFIX/ whose pictures are all asked about.

MODEL may also be the file that "ownsight model download" gives: FILE.onnx is asked by this command itself, on
all cores, without a server (but for pictures in its S3) and without a running model. That is the quickest way
through very many pictures, of at most 15 MB each. (A project whose own name ends so is meant by PROJECT/VERSION.)

A label is an answer when the model's confidence reaches the threshold that training found for this label;
--min-confidence puts one threshold in its place, and 0 shows every label.

--output json prints one JSON object a line for each picture: picture, labels (name, confidence in per cent,
best first), milliseconds, and error where there is no answer. Other pictures are asked about all the same;
the exit code is then 1.

--to FILE is for many pictures: the answers go to FILE in that form, with progress shown meanwhile. Call again
with the same file after an interruption, of whatever kind: FILE has one line for each picture, and those that have an
answer are not asked about again. As many pictures are asked about at a time as keep the server busy: what other
models have reserved comes first. A server that is away, or has no room, is waited for.`,
		Example: `  ownsight detect photos a.jpg b.png
  ownsight detect photos/v2 --recursive ./inbox --min-confidence 80
  ownsight detect photos --recursive s3://line-3/2026-11/ --to answers.jsonl
  ownsight detect photos.onnx --recursive ./archive --to answers.jsonl
  ownsight detect photos --output json a.jpg | jq -r '.labels[0].name'`,
		Args: takes(2, -1, "a model and at least one picture"),
	}
	target, output := targetFlags(cmd), outputFlag(cmd)
	cmd.Flags().Float32Var(&least, "min-confidence", 0, "least confidence of an answer, 0 to 100 (default each label's own threshold)")
	cmd.Flags().Int32Var(&most, "max-results", 0, "most answers to a picture, the best ones (default all)")
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "look at the pictures in folders and prefixes, and below")
	cmd.Flags().StringVar(&to, "to", "", "add the answers to this file, a JSON object a line, but for those that are in it")
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
		ask := question{model: args[0], pictures: args[1:], recursive: recursive, options: o, output: *output, to: to}
		return ask.detect(cmd, *target)
	}
	return cmd
}

// question is what detect was called with.
type question struct {
	model     string
	pictures  []string
	recursive bool
	options   client.DetectOptions
	output    format
	to        string // a file; empty for the standard output
}

// asked is what answers: a running model of a server, or the file of one.
type asked struct {
	name   string // in a file of answers
	detect func(ctx context.Context, pictures []string, tell func(client.Answer) error) error
}

// modelFile is how the names of models' files end.
const modelFile = ".onnx"

// open finds the model. Where that is a file, there is a client only if pictures lie in a server's S3.
func (q question) open(ctx context.Context, target client.Target) (m asked, c *client.Client, closed func() error, err error) {
	file := strings.HasSuffix(q.model, modelFile)
	if !file || slices.ContainsFunc(q.pictures, func(p string) bool { return strings.HasPrefix(p, "s3://") }) {
		if c, err = client.Connect(ctx, target); err != nil {
			return m, nil, nil, err
		}
	}
	if file {
		opened, err := modelfile.Open(ctx, q.model)
		if err != nil {
			return m, nil, nil, err
		}
		return asked{opened.Name(), func(ctx context.Context, pictures []string, tell func(client.Answer) error) error {
			return opened.Detect(ctx, pictures, c.Picture, q.options, tell)
		}}, c, opened.Close, nil
	}
	v, err := c.Model(ctx, q.model, types.ProjectVersionStatusRunning)
	return asked{v.ARN, func(ctx context.Context, pictures []string, tell func(client.Answer) error) error {
		return c.Detect(ctx, v, pictures, q.options, tell)
	}}, c, func() error { return nil }, err
}

func (q question) detect(cmd *cobra.Command, target client.Target) (err error) {
	ctx := cmd.Context()
	m, c, closed, err := q.open(ctx, target)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closed()) }()
	show := newProgress(io.Discard)
	if q.to != "" {
		show = newProgress(cmd.ErrOrStderr())
	}
	defer func() { show.stop(err) }()
	pictures := q.pictures
	if q.recursive {
		if pictures, err = c.PicturesIn(ctx, pictures, show.follow); err != nil {
			return err
		}
	}
	if len(pictures) == 0 {
		return errors.New("there is no .jpg, .jpeg or .png file there")
	}
	if q.to != "" {
		return q.collect(cmd, m, pictures, show.follow)
	}
	tell := answers(cmd.OutOrStdout(), pictures)
	if q.output == asJSON {
		tell = func(a client.Answer) error { return writeLine(cmd.OutOrStdout(), a) }
	}
	failed := 0
	err = m.detect(ctx, pictures, func(a client.Answer) error {
		if a.Error != "" {
			failed++
			fmt.Fprintf(cmd.ErrOrStderr(), "ownsight: %s: %s\n", printable(a.Picture), a.Error)
			if q.output == asText {
				return nil
			}
		}
		return tell(a)
	})
	if err != nil {
		return err
	}
	return unanswered(failed, len(pictures))
}

// unanswered is the error of a call some of whose pictures have no answer.
func unanswered(failed, of int) error {
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("no answer for %d of %d pictures", failed, of)
}

// collect adds the answers to a file.
func (q question) collect(cmd *cobra.Command, m asked, pictures []string, follow func(client.Progress)) error {
	file, err := client.OpenAnswers(q.to, m.name)
	if err != nil {
		return err
	}
	missing, err := file.Missing(pictures)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	answered := len(pictures) - len(missing) // or named twice
	// Every picture leaves a megabyte behind, and little stays: garbage that is collected less often takes a fifth less time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	began, failed, done := time.Now(), 0, 0
	err = m.detect(cmd.Context(), missing, func(a client.Answer) error {
		if a.Error != "" {
			if failed++; failed <= most {
				fmt.Fprintf(cmd.ErrOrStderr(), "ownsight: %s: %s\n", printable(a.Picture), a.Error)
			}
		}
		done++
		p := client.Progress{What: "asking about pictures", Done: answered + done, Total: len(pictures)}
		if took := time.Since(began); took > 2*time.Second {
			p.Left = took / time.Duration(done) * time.Duration(len(missing)-done)
			p.Detail = fmt.Sprintf("%.0f a second", float64(done)/took.Seconds())
		}
		follow(inFull(p))
		return file.Add(a)
	})
	if err = errors.Join(err, file.Close()); errors.Is(err, context.Canceled) && cmd.Context().Err() != nil {
		return interrupted{fmt.Sprintf("Interrupted; %s has %d of %d answers. Call again to go on.", q.to, answered+done-failed, len(pictures))}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d of %d pictures have answers in %s; %d were asked about, %.0f a second.\n",
		len(pictures)-failed, len(pictures), q.to, done, float64(done)/max(time.Since(began).Seconds(), 1e-3))
	return unanswered(failed, len(pictures))
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
