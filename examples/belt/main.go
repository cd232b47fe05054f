// Command belt draws labelled pictures of gear wheels on a conveyor belt: practice material for training a model, with a
// folder for each label and the box of every defect.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "belt:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var o order
	cmd := &cobra.Command{
		Use:   "belt --out DIR",
		Short: "Draw labelled pictures of gear wheels on a conveyor belt",
		Long: `Draw labelled pictures of gear wheels on a conveyor belt, as a camera above the belt sees them.

Every picture shows one gear and has one label:

  good           nothing wrong; dust, oil stains and handling marks are no defects
  crack          a crack from the bore, from a bolt hole or from between two teeth
  missing-hole   one of the four bolt holes was not drilled
  missing-tooth  one to three teeth broke off
  rust           a patch of corrosion

Place, size, turn, light, belt, blur and noise vary, with the same chances under every label.
DIR, which must be new or empty, gets:

  train/LABEL/001.jpg ...   pictures to train on, a folder for each label
  test/LABEL/001.jpg ...    pictures to test with, drawn independently
  labels.csv                file,split,label
  boxes.csv                 file,split,label,left,top,width,height,image_width,image_height
                            (pixels; one line a defect, none for good)

The same seed gives the same bytes, and more pictures never change the earlier ones.`,
		Example: `  go run ./examples/belt --out /tmp/belt                         80 + 20 pictures a label
  go run ./examples/belt --out /tmp/belt --train 500 --seed 2    more of them, and others`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			bar := progressbar.NewOptions(o.pictures(), progressbar.OptionSetWriter(cmd.ErrOrStderr()),
				progressbar.OptionSetDescription("drawing"), progressbar.OptionShowCount(), progressbar.OptionSetWidth(30),
				progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionSetVisibility(term.IsTerminal(int(os.Stderr.Fd()))), progressbar.OptionClearOnFinish())
			err := o.fulfil(cmd.Context(), func() { _ = bar.Add(1) })
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d pictures in %s; train a model on %s\n",
				o.pictures(), o.out, filepath.Join(o.out, "train"))
			return nil
		},
	}
	cmd.Flags().StringVar(&o.out, "out", "", "folder to write to, new or empty (required)")
	cmd.Flags().IntVar(&o.train, "train", 80, "training pictures for each label")
	cmd.Flags().IntVar(&o.test, "test", 20, "test pictures for each label")
	cmd.Flags().Uint64Var(&o.seed, "seed", 1, "which pictures: another number draws others")
	_ = cmd.MarkFlagRequired("out")
	return cmd
}
