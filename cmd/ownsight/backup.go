package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ownsight/internal/app"
	"ownsight/internal/client"
)

// copied is what backup and restore tell programs.
type copied struct {
	Backup string     `json:"backup"`
	Data   string     `json:"data"`
	Began  *time.Time `json:"asOf,omitempty"`
	Bucket string     `json:"bucketToCopy,omitempty"` // of an S3 server elsewhere, which is no part of the backup
}

func backupCommand() *cobra.Command {
	var folder folderFlags
	cmd := &cobra.Command{
		Use:   "backup DIR",
		Short: "Copy a server's data while it works",
		Long: `Copy everything that a server on one machine keeps into a folder, while it works or not: database, objects,
keys, audit. The copy is of one moment, and its database is checked. An earlier backup in the folder is brought up
to date, which is quick; nothing is removed from it, so begin a new folder now and then.

It holds secrets: the folder is for its owner only. The configuration and the keysets of kms are not part of it.
A cluster on PostgreSQL is backed up with its own tools: see docs/operations.md.`,
		Example: `  ownsight backup /mnt/backup/ownsight --data /var/lib/ownsight`,
		Args:    takes(1, 1, "the folder of the backup"),
	}
	folder.register(cmd)
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := folder.config(cmd)
		if err != nil {
			return err
		}
		began := time.Now()
		stages := newProgress(cmd.ErrOrStderr())
		err = app.Backup(cmd.Context(), c, args[0], func(stage string) { stages.follow(client.Progress{What: stage}) })
		if stages.stop(err); err != nil {
			return err
		}
		if *output == asJSON {
			elsewhere := ""
			if c.S3.Endpoint != "" {
				elsewhere = c.S3.Bucket
			}
			return writeJSON(cmd.OutOrStdout(), copied{Backup: args[0], Data: c.Data, Bucket: elsewhere, Began: &began})
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s holds the data of %s as of %s.\n", args[0], c.Data, began.Format(time.RFC3339))
		if c.S3.Endpoint != "" {
			fmt.Fprintf(cmd.OutOrStdout(), "The objects lie in %s: copy its bucket %s before this and after it.\n", c.S3.Endpoint, c.S3.Bucket)
		}
		return nil
	}
	return cmd
}

func restoreCommand() *cobra.Command {
	var folder folderFlags
	cmd := &cobra.Command{
		Use:   "restore DIR",
		Short: "Make a data folder of a backup",
		Long: `Copy a backup that "ownsight backup" has made into a new data folder. A server that is started there, with the same
configuration and keysets, goes on where the backup was made.`,
		Example: `  ownsight restore /mnt/backup/ownsight --data /var/lib/ownsight`,
		Args:    takes(1, 1, "the folder of the backup"),
	}
	folder.register(cmd)
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := folder.config(cmd)
		if err != nil {
			return err
		}
		stages := newProgress(cmd.ErrOrStderr())
		err = app.Restore(cmd.Context(), args[0], c.Data, func(stage string) { stages.follow(client.Progress{What: stage}) })
		if stages.stop(err); err != nil {
			return err
		}
		if *output == asJSON {
			return writeJSON(cmd.OutOrStdout(), copied{Backup: args[0], Data: c.Data})
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s is ready to be served.\n", c.Data)
		return nil
	}
	return cmd
}
