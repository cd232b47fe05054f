package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/spf13/cobra"

	"ownsight"
	"ownsight/internal/client"
)

func imageCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "image",
		Short: "Register disks, make images of them, copy, share and export these",
		Long: `Keep the image catalogue: bootable disks under names, in every region of their own.

A disk file (qcow2, VHD or raw) is registered and gets a number, ami-…. An image is imported from it, copied to
other regions, shared with other accounts, and exported to a disk file again. All of these move and check real bytes.

  ownsight image register win.qcow2 --platform WINDOWS_SERVER_2022
  ownsight image import ami-0123456789abcdef0 office
  ownsight image copy office --to eu-west-1
  ownsight image share office --with 444455556666

Every command works in one region: that of --region, else that of the profile. docs/images.md says more.`,
	}, imageRegisterCommand(), imageDisksCommand(), imageDeregisterCommand(), imageImportCommand(), imageListCommand(), imageShowCommand(),
		imageCopyCommand(), imageUpdateCommand(), imageShareCommand(), imageUnshareCommand(), imageExportCommand(), imageExportsCommand(), imageTagCommand(), imageDeleteCommand(),
		imagePublishCommand(), imageWithdrawCommand(), imageCheckCommand())
}

// goesOn turns the end of waiting by a Ctrl-C into word of what the server does meanwhile, and a command to see it.
func goesOn(ctx context.Context, c *client.Client, err error, see string) error {
	if err != nil && ctx.Err() != nil {
		return interrupted{"Interrupted; the server goes on. See ownsight image " + see + flagsFor(c)}
	}
	return err
}

// needs makes a command refuse to begin without a flag; what says what it is.
func needs(cmd *cobra.Command, flag, what string) {
	before := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if cmd.Flag(flag).Value.String() == "" {
			return usageError{fmt.Errorf("--%s is needed: %s (see %s --help)", flag, what, cmd.CommandPath())}
		}
		if before != nil {
			return before(cmd, args)
		}
		return nil
	}
}

// region is a flag that takes the name of a region.
type region string

func (r *region) String() string { return string(*r) }
func (r *region) Type() string   { return "REGION" }
func (r *region) Set(s string) error {
	if *r = region(s); !ownsight.ValidRegion(s) {
		return fmt.Errorf("%q is not a region such as eu-west-1", s)
	}
	return nil
}

// choice is a flag that takes one of several words.
type choice struct {
	value string
	of    []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "WORD" }
func (c *choice) Set(s string) error {
	for _, word := range c.of {
		if s == word {
			c.value = s
			return nil
		}
	}
	return fmt.Errorf("%q is none of %s", s, strings.Join(c.of, ", "))
}

func imageListCommand() *cobra.Command {
	which := choice{of: []string{"private", "shared", "public"}}
	cmd := onServer(&cobra.Command{
		Use:   "list",
		Short: "List the images that the account sees in a region",
		Example: `  ownsight image list
  ownsight image list --type shared --region eu-west-1
  ownsight image list --output json | jq -r '.[] | select(.state == "FAILED") | .message'`,
		Args: takes(0, 0, "no arguments"),
	}, func(ctx context.Context, c *client.Client, _ []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		list, err := c.Images(ctx, types.VisibilityType(strings.ToUpper(which.value)))
		if len(list) == 0 {
			return list, func(w io.Writer) {
				fmt.Fprintf(w, "No %s in %s.\n", strings.TrimSpace(which.value+" images"), c.Region)
			}, err
		}
		return list, func(w io.Writer) { imageTable(w, list) }, err
	})
	cmd.Flags().Var(&which, "type", "private: the account's own; shared: by other accounts; public (default all of them)")
	return cmd
}

func imageTable(w io.Writer, list []client.Image) {
	table("NAME\tSTATE\tTYPE\tOWNER\tPLATFORM\tCREATED", func(row func(string, ...any)) {
		for _, i := range list {
			row("%s\t%s\t%s\t%s\t%s\t%s", i.Name, i.State, i.Visibility, i.Owner, i.Platform, i.Created.Local().Format(time.DateTime))
		}
	})(w)
	for _, i := range list {
		if i.Message != "" {
			fmt.Fprintf(w, "\n%s: %s\n", i.Name, printable(i.Message))
		}
	}
}

func imageShowCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:   "show IMAGE",
		Short: "Show an image and whom it is shared with",
		Long: `Show an image and whom it is shared with. A name means an image of the account's own or a public one; one that
another account shares is named by its ARN, which ` + "`ownsight image list --output json`" + ` shows.`,
		Example: `  ownsight image show office
  ownsight image show arn:aws:appstream:us-east-1:444455556666:image/office
  ownsight image show office --region eu-west-1 --output json | jq -r .state`,
		Args: takes(1, 1, "the name or the ARN of one image"),
	}, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		image, err := c.Image(ctx, args[0])
		return image, func(w io.Writer) { imageFacts(w, image) }, err
	})
}

// imageFacts are what is known of an image, a line each.
func imageFacts(w io.Writer, i client.Image) {
	table(i.Name+"\t"+i.State, func(row func(string, ...any)) {
		fact := func(name, value string) {
			if value != "" {
				row("%s\t%s", name, printable(value))
			}
		}
		fact("", i.Message)
		fact("arn", i.ARN)
		fact("type", i.Visibility)
		fact("platform", i.Platform)
		fact("display name", i.DisplayName)
		fact("description", i.Description)
		fact("made of", i.Base)
		fact("created", i.Created.Local().Format(time.DateTime))
		for _, s := range i.Shares {
			fact("shared with", s.Account+", for "+rights(s))
		}
	})(w)
}

// rights are what an account may use an image for, in words.
func rights(s client.Share) string {
	switch {
	case s.Fleet && s.Builder:
		return "fleets and image builders"
	case s.Fleet:
		return "fleets"
	case s.Builder:
		return "image builders"
	}
	return "nothing"
}

func imageDeleteCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:   "delete NAME",
		Short: "Delete an image that is not shared",
		Long: `Delete an image that is not shared and that nothing is in progress on. Its bytes go too, but for those that
other images of the region have. Copies in other regions and exported disks stay.`,
		Example: `  ownsight image delete office --region eu-west-1`,
		Args:    takes(1, 1, "the name of one image"),
	}, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		image, err := c.DeleteImage(ctx, args[0])
		return image, func(w io.Writer) { fmt.Fprintf(w, "%s is deleted from %s.\n", image.Name, image.Region) }, err
	})
}
