package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"ownsight"
	"ownsight/internal/kms"
)

func kmsCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "kms",
		Short: "Manage keys that models are encrypted with",
		Long: `Manage the keys that KmsKeyId may name in CreateProjectVersion and CopyProjectVersion. With one, a
model, its results and the server's copies of pictures and manifests lie encrypted on disk; whoever
may read a result through S3 reads it as ever.

A key is a file that the operator keeps outside the data folder, and backs up: without it, nothing
that it encrypted can be read again.`,
	}, kmsCreateCommand(), kmsRotateCommand())
}

func kmsCreateCommand() *cobra.Command {
	var region, account, alias string
	var output *format
	cmd := &cobra.Command{
		Use:   "create FILE",
		Short: "Write a new key to a file",
		Long: `Write a new key to a file that only its owner may read, and print what to add to the server's
configuration file. A file that is there already is never overwritten. The server knows the key
from its next start on.`,
		Example: `  ownsight kms create /etc/ownsight/pictures.json --alias pictures
  ownsight serve --config /etc/ownsight/config.yaml
  aws rekognition create-project-version --kms-key-id alias/pictures ...`,
		Args: takes(1, 1, "one file to write the key to"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			key := kms.KeyConfig{ARN: kms.ARNOf(region, account, uuid.NewString()), Keyset: file}
			if alias != "" {
				key.Aliases = []string{"alias/" + strings.TrimPrefix(alias, "alias/")}
			}
			if err := kms.Check([]kms.KeyConfig{key}); err != nil {
				return usageError{err}
			}
			if err := kms.Create(file); err != nil {
				return err
			}
			if *output == asJSON {
				return writeJSON(cmd.OutOrStdout(), map[string]any{"arn": key.ARN, "aliases": key.Aliases, "keyset": file})
			}
			entry, err := yaml.MarshalWithOptions(map[string][]kms.KeyConfig{"kms": {key}}, yaml.IndentSequence(true))
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "# The key is in %s. Add to the server's configuration file, and back the key up:\n%s", file, entry)
			return nil
		},
	}
	output = outputFlag(cmd)
	cmd.Flags().StringVar(&region, "region", ownsight.DefaultRegion, "region in which calls may name the key")
	cmd.Flags().StringVar(&account, "account", ownsight.DefaultAccount, "account that may use it")
	cmd.Flags().StringVar(&alias, "alias", "", "a name for it, used as alias/NAME")
	return cmd
}

func kmsRotateCommand() *cobra.Command {
	var output *format
	cmd := &cobra.Command{
		Use:   "rotate FILE",
		Short: "Add a new key to a file, for all encryption from now on",
		Long: `Add a new key to a file that "kms create" made. Its name stays; what was encrypted before is read with
the older keys, which stay in the file. A server takes the new key at its next start. Where several
servers share their state, give all of them the new file before any of them starts again: with the old one
they cannot read what the new key encrypted.`,
		Example: `  ownsight kms rotate /etc/ownsight/pictures.json`,
		Args:    takes(1, 1, "the file of a key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			count, err := kms.Rotate(args[0])
			if err != nil {
				return err
			}
			if *output == asJSON {
				return writeJSON(cmd.OutOrStdout(), map[string]any{"keyset": args[0], "keys": count})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s has %d keys now; servers encrypt with the new one from their next start on.\n", args[0], count)
			return nil
		},
	}
	output = outputFlag(cmd)
	return cmd
}
