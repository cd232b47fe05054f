// Command demo turns the answers of a model about pictures that it has never seen into a page that people can look at,
// and fails when too few of them are right.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// sources are the files that a page is made of.
type sources struct {
	pictures string // what examples/belt drew: the folder with labels.csv and boxes.csv
	trained  string // what `ownsight train --output json` printed
	answers  string // what `ownsight detect --min-confidence 0 --output json` printed
}

func command() *cobra.Command {
	var from sources
	var out string
	var least float64
	cmd := &cobra.Command{
		Use:           "demo --pictures DIR --trained FILE --answers FILE --out FILE",
		Short:         "Make a page of a model's answers",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := read(from)
			if err != nil {
				return err
			}
			page, err := os.Create(out)
			if err != nil {
				return err
			}
			if err := errors.Join(r.write(page), page.Close()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d of %d unseen pictures are right: %.1f %%\n", r.Right(), len(r.Answers), 100*r.Accuracy())
			if r.Accuracy() < least {
				return fmt.Errorf("that is less than %.0f %%", 100*least)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&from.pictures, "pictures", "", "folder that examples/belt wrote")
	cmd.Flags().StringVar(&from.trained, "trained", "", "output of ownsight train --output json")
	cmd.Flags().StringVar(&from.answers, "answers", "", "output of ownsight detect --min-confidence 0 --output json")
	cmd.Flags().StringVar(&out, "out", "", "page to write")
	cmd.Flags().Float64Var(&least, "least", 0, "least share of right answers, 0 to 1")
	for _, name := range []string{"pictures", "trained", "answers", "out"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}
