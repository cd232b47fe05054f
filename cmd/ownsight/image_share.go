package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

// withFlag adds --with.
func withFlag(cmd *cobra.Command) *string {
	needs(cmd, "with", "the number of the other account, such as 444455556666")
	return cmd.Flags().String("with", "", "the other account, twelve digits")
}

func imageShareCommand() *cobra.Command {
	var with client.Share
	var account *string
	cmd := &cobra.Command{
		Use:   "share NAME --with ACCOUNT",
		Short: "Let another account use an image",
		Long: `Let another account see an image in its region and use it: for fleets, for image builders, or, unless told
otherwise, for both. Repeat the command to change that.`,
		Example: `  ownsight image share office --with 444455556666
  ownsight image share office --with 444455556666 --fleet`,
		Args: takes(1, 1, "the name of one image"),
	}
	onServer(cmd, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		with.Account = *account
		answer := struct {
			Image string `json:"image"`
			client.Share
		}{args[0], with}
		return answer, func(w io.Writer) {
			fmt.Fprintf(w, "%s is shared with account %s, for %s.\n", args[0], with.Account, rights(with))
		}, c.ShareImage(ctx, args[0], with)
	})
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed("fleet") && !cmd.Flags().Changed("builder") {
			with.Fleet, with.Builder = true, true
		}
		if !with.Fleet && !with.Builder {
			return usageError{errors.New("neither --fleet nor --builder is true; `ownsight image unshare` takes an image back")}
		}
		return nil
	}
	account = withFlag(cmd)
	cmd.Flags().BoolVar(&with.Fleet, "fleet", false, "it may start fleets with the image")
	cmd.Flags().BoolVar(&with.Builder, "builder", false, "it may start image builders with the image")
	return cmd
}

func imageUnshareCommand() *cobra.Command {
	var account *string
	cmd := onServer(&cobra.Command{
		Use:     "unshare NAME --with ACCOUNT",
		Short:   "Take an image back from another account",
		Example: `  ownsight image unshare office --with 444455556666`,
		Args:    takes(1, 1, "the name of one image"),
	}, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		return map[string]string{"image": args[0], "account": *account}, func(w io.Writer) {
			fmt.Fprintf(w, "%s is not shared with account %s any more.\n", args[0], *account)
		}, c.UnshareImage(ctx, args[0], *account)
	})
	account = withFlag(cmd)
	return cmd
}
