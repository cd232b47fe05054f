package main

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"ownsight/internal/catalog"
	"ownsight/internal/client"
	"ownsight/internal/disk"
)

func imageRegisterCommand() *cobra.Command {
	platform := choice{of: catalog.Platforms}
	format := choice{of: []string{string(disk.Qcow2), string(disk.VHD), string(disk.Raw)}}
	var name, bucket string
	cmd := onServer(&cobra.Command{
		Use:   "register FILE|s3://BUCKET/KEY --platform PLATFORM",
		Short: "Check a disk file and give it a number to import it by",
		Long: `Check a disk file (qcow2, VHD or raw) and give it a number, ami-…, by which it can be imported. The number is all
that is printed.

A FILE of this machine is checked first, and then uploaded to the bucket ownsight-disks-ACCOUNT-REGION, or that of
--bucket. It is not sent again while name, size and time are the same. A file in S3 is registered where it lies and must
stay there, unchanged, until it is imported.

Platforms: ` + strings.Join(platform.of[:5], ", ") + `,
` + strings.Join(platform.of[5:], ", ") + ".",
		Example: `  ownsight image register win.qcow2 --platform WINDOWS_SERVER_2022
  ownsight image register s3://disks/win.vhd --platform WINDOWS_SERVER_2022 --name win-2026-05
  ami=$(ownsight image register plain.img --platform UBUNTU_PRO_2404 --format raw)`,
		Args: takes(1, 1, "one disk file, or its place in S3"),
	}, func(ctx context.Context, c *client.Client, args []string, follow func(client.Progress)) (any, func(io.Writer), error) {
		place := args[0]
		if !strings.HasPrefix(place, "s3://") {
			var err error
			if place, err = c.UploadDisk(ctx, place, bucket, format.value, follow); err != nil && ctx.Err() != nil {
				return nil, nil, interrupted{"Interrupted; nothing is kept of what was uploaded. Make the call again."}
			} else if err != nil {
				return nil, nil, err
			}
		}
		follow(client.Progress{What: "registering " + path.Base(place)})
		d, err := c.RegisterDisk(ctx, place, platform.value, name, format.value)
		return d, func(w io.Writer) { fmt.Fprintln(w, d.ID) }, err
	})
	cmd.Flags().Var(&platform, "platform", "operating system of the disk, one of those above")
	needs(cmd, "platform", "one of "+strings.Join(platform.of, ", "))
	cmd.Flags().Var(&format, "format", "format of the file, needed for a raw disk without a partition table: "+strings.Join(format.of, ", "))
	cmd.Flags().StringVar(&name, "name", "", "name of the disk")
	cmd.Flags().StringVar(&bucket, "bucket", "", "bucket to upload a file to, made when absent (default ownsight-disks-ACCOUNT-REGION)")
	return cmd
}

func imageDisksCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:   "disks",
		Short: "List the disks that were registered or exported in a region",
		Example: `  ownsight image disks
  ownsight image disks --output json | jq -r '.[] | select(.name == "office") | .s3Uri'`,
		Args: takes(0, 0, "no arguments"),
	}, func(ctx context.Context, c *client.Client, _ []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		list, err := c.Disks(ctx)
		if len(list) == 0 {
			return list, func(w io.Writer) {
				fmt.Fprintf(w, "No disks in %s; register one with `ownsight image register`.\n", c.Region)
			}, err
		}
		return list, table("DISK\tNAME\tFORMAT\tSIZE\tMACHINE SEES\tPLATFORM\tCREATED\tFILE", func(row func(string, ...any)) {
			for _, d := range list {
				row("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", d.ID, d.Name, d.Format, humanize.IBytes(uint64(d.Size)), humanize.IBytes(uint64(d.Virtual)),
					d.Platform, d.Created.Local().Format(time.DateTime), printable(d.URI))
			}
		}), err
	})
}

func imageDeregisterCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:     "deregister AMI",
		Short:   "Forget a disk; its file and the images that were made of it stay",
		Example: `  ownsight image deregister ami-0123456789abcdef0`,
		Args:    takes(1, 1, "the number of a disk, ami-…"),
	}, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		return map[string]string{"diskId": args[0]}, func(w io.Writer) {
			fmt.Fprintf(w, "%s is forgotten; its file stays.\n", args[0])
		}, c.DeregisterDisk(ctx, args[0])
	})
}
