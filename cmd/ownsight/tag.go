package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

func modelTagCommand() *cobra.Command {
	return tagging(&cobra.Command{
		Use:   "tag PROJECT/VERSION [KEY=VALUE...] [KEY-...]",
		Short: "Show, set and remove the tags of a model",
		Long:  "Show the tags of a model. KEY=VALUE sets one before, KEY- removes one.",
		Example: `  ownsight model tag photos/v2
  ownsight model tag photos/v2 stage=production draft-`,
	}, func(ctx context.Context, c *client.Client, name string) (client.Tags, error) {
		return c.ModelTags(ctx, name)
	})
}

func imageTagCommand() *cobra.Command {
	return tagging(&cobra.Command{
		Use:   "tag IMAGE [KEY=VALUE...] [KEY-...]",
		Short: "Show, set and remove the tags of an image",
		Long:  "Show the tags of an image. KEY=VALUE sets one before, KEY- removes one.",
		Example: `  ownsight image tag office
  ownsight image tag office --region eu-west-1 stage=production draft-`,
	}, func(ctx context.Context, c *client.Client, name string) (client.Tags, error) {
		return c.ImageTags(ctx, name)
	})
}

// tagging makes a command of what has tags.
func tagging(cmd *cobra.Command, of func(context.Context, *client.Client, string) (client.Tags, error)) *cobra.Command {
	cmd.Args = func(c *cobra.Command, args []string) error {
		if err := takes(1, -1, "a name, and perhaps tags")(c, args); err != nil {
			return err
		}
		_, _, err := tagsIn(args[1:])
		return err
	}
	return onServer(cmd, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		set, remove, err := tagsIn(args[1:])
		if err != nil {
			return nil, nil, err
		}
		resource, err := of(ctx, c, args[0])
		if err != nil {
			return nil, nil, err
		}
		tags, err := resource.Change(ctx, set, remove)
		return tags, func(w io.Writer) { tagTable(w, tags) }, err
	})
}

// tagsIn reads KEY=VALUE and KEY-.
func tagsIn(args []string) (set map[string]string, remove []string, err error) {
	set = map[string]string{}
	for _, arg := range args {
		key, value, sets := strings.Cut(arg, "=")
		removed, removes := strings.CutSuffix(arg, "-")
		switch {
		case sets && key != "":
			set[key] = value
		case !sets && removes && removed != "":
			remove = append(remove, removed)
		default:
			return nil, nil, usageError{fmt.Errorf("%q is neither KEY=VALUE nor KEY-", arg)}
		}
	}
	return set, remove, nil
}

func tagTable(w io.Writer, tags map[string]string) {
	if len(tags) == 0 {
		fmt.Fprintln(w, "No tags.")
		return
	}
	keys := make([]string, 0, len(tags))
	for key := range tags {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	table("TAG\tVALUE", func(row func(string, ...any)) {
		for _, key := range keys {
			row("%s\t%s", printable(key), printable(tags[key]))
		}
	})(w)
}
