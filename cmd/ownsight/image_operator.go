package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"ownsight"
	"ownsight/internal/app"
	"ownsight/internal/catalog"
	"ownsight/internal/client"
	"ownsight/internal/store"
)

func imagePublishCommand() *cobra.Command {
	return publicCommand(&cobra.Command{
		Use:   "publish NAME",
		Short: "Make an image public: every account of the server sees it (operators)",
		Long: `Make an image public in its region: every account sees it as a public base image, and nobody can change it.
The account keeps its own image; the two share their bytes. Works on the server's data folder, while it runs or not.`,
		Example: `  ownsight image publish win2022-golden --account 111122223333 --region eu-central-1`,
	}, "PublishImage", func(ctx context.Context, s *catalog.Service, arn ownsight.ImageARN) (string, error) {
		public, err := s.Publish(ctx, arn)
		return fmt.Sprintf("%s is public as %s.", arn.Name, public), err
	})
}

func imageWithdrawCommand() *cobra.Command {
	return publicCommand(&cobra.Command{
		Use:     "withdraw NAME",
		Short:   "Take a public image back (operators)",
		Long:    "Take a public image back. The image that it was made of, and those that were made of it, stay.",
		Example: `  ownsight image withdraw win2022-golden --region eu-central-1`,
	}, "WithdrawImage", func(ctx context.Context, s *catalog.Service, arn ownsight.ImageARN) (string, error) {
		return arn.Name + " is not public any more.", s.Withdraw(ctx, arn.Region, arn.Name)
	})
}

// publicCommand makes a command that changes what is public, in the server's own state.
func publicCommand(cmd *cobra.Command, act string, change func(context.Context, *catalog.Service, ownsight.ImageARN) (string, error)) *cobra.Command {
	var folder folderFlags
	var account, region string
	folder.register(cmd)
	output := outputFlag(cmd)
	cmd.Flags().StringVar(&account, "account", ownsight.DefaultAccount, "whose image it is")
	cmd.Flags().StringVar(&region, "region", ownsight.DefaultRegion, "the image's region")
	cmd.Args = takes(1, 1, "the name of one image")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := folder.config(cmd)
		if err != nil {
			return err
		}
		arn := ownsight.ImageARN{Region: region, Account: account, Name: args[0]}
		done, err := app.ChangeImages(cmd.Context(), c, func(s *catalog.Service) (string, error) { return change(cmd.Context(), s, arn) })
		if err != nil {
			return err
		}
		if err := record(c, act, ownsight.Principal{Account: account}); err != nil {
			return err
		}
		if *output == asJSON {
			return writeJSON(cmd.OutOrStdout(), map[string]string{"image": arn.String(), "done": done})
		}
		fmt.Fprintln(cmd.OutOrStdout(), done)
		return nil
	}
	return cmd
}

func imageCheckCommand() *cobra.Command {
	var folder folderFlags
	var deep bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Compare images with what lies in S3, and clean up (operators)",
		Long: `Have the server compare the chunks that images need with the objects that lie in S3, in every region.
Objects that no image needs and that are older than an hour are removed. Images that lack chunks are named;
what they lack is written again when a disk or an image with the same bytes is imported or copied there.
Exits 1 when something is missing. With --deep every object is read and compared with its SHA-256.`,
		Example: `  ownsight image check
  ownsight image check --deep --data /srv/ownsight`,
		Args: takes(0, 0, "no arguments"),
	}
	folder.register(cmd)
	cmd.Flags().BoolVar(&deep, "deep", false, "read every object")
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := folder.config(cmd)
		if err != nil {
			return err
		}
		state, err := app.OpenStore(cmd.Context(), c)
		if err != nil {
			return err
		}
		defer state.Close()
		list, err := checkImages(cmd.Context(), state, c.ImageRegions(), deep, cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		if err := record(c, "CheckImages", ownsight.Principal{Account: ownsight.SystemAccount}); err != nil {
			return err
		}
		if *output == asJSON {
			err = writeJSON(cmd.OutOrStdout(), list)
		} else {
			checkTable(cmd.OutOrStdout(), list)
		}
		for _, found := range list {
			if found.Missing > 0 {
				err = errors.Join(err, fmt.Errorf("%s: %d chunks are missing or damaged, of %s", found.Region, found.Missing, strings.Join(found.Images, ", ")))
			}
		}
		return err
	}
	return cmd
}

// checkImages asks for a check of every region and waits for what it finds.
func checkImages(ctx context.Context, state *store.Store, regions []string, deep bool, out io.Writer) ([]catalog.Check, error) {
	id := uuid.NewString()
	show := newProgress(out)
	var list []catalog.Check
	for i, region := range regions {
		show.follow(client.Progress{What: "checking images", Done: i, Total: len(regions)})
		found, err := checkRegion(ctx, state, region, id, deep)
		if err != nil {
			show.stop(err)
			return nil, fmt.Errorf("the check of %s: %w (it is made when a server runs on this folder)", region, err)
		}
		list = append(list, found)
	}
	show.stop(nil)
	return list, nil
}

// checkRegion asks for a check of a region, behind any that is under way, and waits for what it finds.
func checkRegion(ctx context.Context, state *store.Store, region, id string, deep bool) (found catalog.Check, err error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for asked, done := false, false; ; {
		err = state.Write(ctx, func(tx *store.Tx) error {
			if !asked {
				return catalog.AskCheck(ctx, tx, region, id, deep, time.Now())
			}
			found, done, err = catalog.CheckOf(ctx, tx, region, id)
			return err
		})
		if ownsight.CodeOf(err) == ownsight.InUse { // another check; its turn comes first
			err = nil
		} else {
			asked = true
		}
		if err != nil || done {
			return found, err
		}
		select {
		case <-ctx.Done():
			return found, ctx.Err()
		case <-tick.C:
		}
	}
}

func checkTable(w io.Writer, list []catalog.Check) {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "REGION\tCHUNKS\tOBJECTS\tBYTES\tREMOVED\tMISSING\t")
	for _, c := range list {
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%d\t%d\t\n", c.Region, c.Chunks, c.Objects, humanize.IBytes(uint64(c.Bytes)), c.Orphans, c.Missing)
	}
	t.Flush()
}
