package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

// serverAction is what a command does, and what it tells: an answer for programs, and words for people.
type serverAction func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (answer any, words func(io.Writer), err error)

// onServer makes a command of an action in one region of a server.
func onServer(cmd *cobra.Command, do serverAction) *cobra.Command {
	target, output := targetFlags(cmd), outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		c, err := client.Connect(ctx, *target)
		if err != nil {
			return err
		}
		show := newProgress(cmd.ErrOrStderr())
		answer, words, err := do(ctx, c, args, func(p client.Progress) { show.follow(inFull(p)) })
		show.stop(err)
		switch {
		case err != nil:
			return err
		case *output == asJSON:
			return writeJSON(cmd.OutOrStdout(), answer)
		}
		words(cmd.OutOrStdout())
		return nil
	}
	return cmd
}

// inFull shows the time that is left before the details rather than instead of them: bytes and rate matter here.
func inFull(p client.Progress) client.Progress {
	if p.Left > 0 && p.Detail != "" {
		p.Detail = fmt.Sprintf("%s left, %s", p.Left.Round(time.Second), p.Detail)
		p.Left = 0
	}
	return p
}
