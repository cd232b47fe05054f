// Command ownsight is the whole product: the server and the tools that talk to it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

// version is set by the build.
var version = "dev"

func program() string { return "ownsight " + version }

// Exit codes, the same for every command.
const (
	exitDone        = 0
	exitFailed      = 1   // what was asked for could not be done
	exitUsage       = 2   // the command line or the configuration is wrong
	exitInterrupted = 130 // Ctrl-C or SIGTERM
)

// usageError marks a mistake in the command line or the configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// interrupted ends a command that was told to stop, with what its user should know.
type interrupted struct{ advice string }

func (i interrupted) Error() string { return i.advice }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program the hard way
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes a command line and gives its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cmd := root()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	var usage usageError
	var told interrupted
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &told):
		fmt.Fprintln(stderr, told)
		return exitInterrupted
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "ownsight:", err)
		return exitUsage
	}
	fmt.Fprintln(stderr, "ownsight:", client.Explain(err))
	return exitFailed
}

func root() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "ownsight",
		Short: "Custom Labels and the image catalogue on machines of your own",
		Long: `Ownsight trains picture classifiers, reports on them honestly and serves them, behind the
wire of Amazon Rekognition Custom Labels, and keeps bootable disks behind that of the image
catalogue of Amazon AppStream 2.0: boto3, the AWS CLI and every AWS SDK need only another
endpoint URL.

  ownsight serve                        a server with everything embedded, data in ./ownsight-data
  ownsight train ./photos               a folder for each label becomes a running model
  ownsight detect photos a.jpg          what does the model see?
  ownsight project export photos f.tar  pictures, labels and models in one file
  ownsight image --help                 disks become images, which are copied, shared and exported

Completion of commands, projects and models in your shell:  source <(ownsight completion bash)

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}, serveCommand(), trainCommand(), detectCommand(), projectCommand(), datasetCommand(), modelCommand(), imageCommand(), accountCommand(), userCommand(), kmsCommand(), auditCommand(), backupCommand(), restoreCommand(), doctorCommand(), versionCommand())
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w (see %s --help)", err, c.CommandPath())}
	})
	complete(cmd)
	return cmd
}

// group makes a command that only holds others: alone it shows its help, and an unknown one below it is a mistake.
func group(cmd *cobra.Command, below ...*cobra.Command) *cobra.Command {
	cmd.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		text := fmt.Sprintf("there is no command %q in %s", args[0], c.CommandPath())
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			text += "; did you mean " + strings.Join(near, " or ") + "?"
		}
		return usageError{fmt.Errorf("%s (see %s --help)", text, c.CommandPath())}
	}
	cmd.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(below...)
	return cmd
}

// takes checks the number of arguments; what says which ones they are. most < 0 is any number.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		// An empty one is a variable of a script that was not set: for no user the account would be meant.
		if len(args) < least || most >= 0 && len(args) > most || slices.Contains(args, "") {
			return usageError{fmt.Errorf("%s takes %s (see %s --help)", c.CommandPath(), what, c.CommandPath())}
		}
		return nil
	}
}
