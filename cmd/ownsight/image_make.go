package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

// noWaitFlag adds --no-wait.
func noWaitFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("no-wait", false, "return when the server has begun")
}

// ifSet is the value of a flag, nil where it was not given.
func ifSet(cmd *cobra.Command, flag string, value *string) *string {
	if !cmd.Flags().Changed(flag) {
		return nil
	}
	return value
}

// seen waits for an image, unless told not to, and says how it stands.
func seen(ctx context.Context, c *client.Client, image client.Image, wait bool, follow func(client.Progress)) (any, func(io.Writer), error) {
	see := fmt.Sprintf("show %s --region %s", image.Name, image.Region)
	if !wait {
		return image, func(w io.Writer) {
			fmt.Fprintf(w, "%s is %s in %s. See ownsight image %s%s\n", image.Name, image.State, image.Region, see, flagsFor(c))
		}, nil
	}
	image, err := c.SettleImage(ctx, image, follow)
	return image, func(w io.Writer) {
		fmt.Fprintf(w, "%s is %s in %s.\n", image.Name, image.State, image.Region)
	}, goesOn(ctx, c, err, see)
}

// makesImage makes a command of a call that makes an image, of what the first argument names and under the name of the second.
func makesImage(cmd *cobra.Command, call func(c *client.Client, ctx context.Context, of, name string, words client.ImageWords) (client.Image, error)) *cobra.Command {
	var display, description string
	var noWait *bool
	onServer(cmd, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		words := client.ImageWords{DisplayName: ifSet(cmd, "display-name", &display), Description: ifSet(cmd, "description", &description)}
		image, err := call(c, ctx, args[0], args[1], words)
		if err != nil {
			return nil, nil, err
		}
		return seen(ctx, c, image, !*noWait, follow)
	})
	cmd.Flags().StringVar(&display, "display-name", "", "name for people")
	cmd.Flags().StringVar(&description, "description", "", "what the image is for")
	noWait = noWaitFlag(cmd)
	return cmd
}

func imageImportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import AMI NAME",
		Short: "Make an image of a registered disk",
		Long: `Make an image of a registered disk: its bytes are taken in, checked and kept under the name. The disk file is not
needed after that.`,
		Example: `  ownsight image import ami-0123456789abcdef0 office
  ownsight image import ami-0123456789abcdef0 office --description "with the tools of May" --no-wait`,
		Args: takes(2, 2, "the number of a disk, ami-…, and a name for the image"),
	}
	return makesImage(cmd, (*client.Client).ImportImage)
}

func imageCopyCommand() *cobra.Command {
	var to region
	var as, description string
	var noWait *bool
	cmd := &cobra.Command{
		Use:   "copy NAME --to REGION",
		Short: "Copy an image to another region, or under another name",
		Long: `Copy an image of the account's own to another region, or under another name. What the region has already of its
bytes is not sent again. Tags and shares are not copied.`,
		Example: `  ownsight image copy office --to eu-west-1
  ownsight image copy office --to us-east-1 --as office-may --description "before the update"`,
		Args: takes(1, 1, "the name of one image"),
	}
	onServer(cmd, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		if as == "" {
			as = args[0]
		}
		image, err := c.CopyImage(ctx, args[0], string(to), as, ifSet(cmd, "description", &description))
		if err != nil {
			return nil, nil, err
		}
		return seen(ctx, c, image, !*noWait, follow)
	})
	cmd.Flags().Var(&to, "to", "region to copy to; that of the image itself makes a second one there")
	needs(cmd, "to", "the region to copy to")
	cmd.Flags().StringVar(&as, "as", "", "name of the copy (default that of the image)")
	cmd.Flags().StringVar(&description, "description", "", "description of the copy (default that of the image)")
	noWait = noWaitFlag(cmd)
	return cmd
}

func imageUpdateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "update NAME NEW",
		Short: "Make a new image of an image, as CreateUpdatedImage does",
		Long: `Make a new image of an image, as CreateUpdatedImage does. AWS would bring the software of its own that is in the image
up to date; there is none in these, so that the disk is the same.`,
		Example: `  ownsight image update office office-2026-06 --description "for the summer"`,
		Args:    takes(2, 2, "the name of one image and that of the new one"),
	}
	return makesImage(cmd, (*client.Client).UpdateImage)
}

func imageExportsCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:   "exports",
		Short: "List the exports of a region, those under way and those that ended",
		Example: `  ownsight image exports
  ownsight image exports --output json | jq -r '.[] | select(.state == "FAILED") | .error'`,
		Args: takes(0, 0, "no arguments"),
	}, func(ctx context.Context, c *client.Client, _ []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		list, err := c.Exports(ctx)
		if len(list) == 0 {
			return list, func(w io.Writer) { fmt.Fprintf(w, "No exports in %s.\n", c.Region) }, err
		}
		return list, table("DISK\tNAME\tIMAGE\tSTATE\tCREATED", func(row func(string, ...any)) {
			for _, e := range list {
				_, image, _ := strings.Cut(e.Image, "/")
				row("%s\t%s\t%s\t%s\t%s", e.Disk, printable(e.Name), image, e.State, e.Created.Local().Format(time.DateTime))
			}
		}), err
	})
}

func imageExportCommand() *cobra.Command {
	var name string
	cmd := onServer(&cobra.Command{
		Use:   "export NAME --ami-name NAME",
		Short: "Write the disk of an image to S3",
		Long: `Write the disk of an image to the bucket ownsight-exports-ACCOUNT-REGION, byte for byte the file that it was imported
from, and register it. Prints its number and its place.`,
		Example: `  ownsight image export office --ami-name office-2026-05
  ownsight image export office --ami-name office | { read -r ami place; aws s3 cp "$place" .; }`,
		Args: takes(1, 1, "the name of one image"),
	}, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		task, err := c.ExportImage(ctx, args[0], name)
		if err != nil {
			return nil, nil, err
		}
		disk, err := c.SettleExport(ctx, task, follow)
		return disk, func(w io.Writer) { fmt.Fprintln(w, disk.ID, disk.URI) }, goesOn(ctx, c, err, "disks --region "+c.Region)
	})
	cmd.Flags().StringVar(&name, "ami-name", "", "name of the disk: 3 to 128 letters, digits or ( ) . - / _")
	needs(cmd, "ami-name", "the name that the disk will have")
	return cmd
}
