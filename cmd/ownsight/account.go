package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ownsight/internal/access"
	"ownsight/internal/config"
)

func accountCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "account",
		Short: "Manage accounts",
		Long:  "Manage the accounts of a server. Each sees only its own projects, models and buckets.",
	}, accountCreateCommand(), accountListCommand(), accountKeyCommand())
}

func accountCreateCommand() *cobra.Command {
	var folder folderFlags
	var profile string
	var output *format
	cmd := &cobra.Command{
		Use:   "create ID",
		Short: "Add an account with an administrator key",
		Long: `Add an account (twelve digits) with one administrator key, and append the key to DIR/credentials
under a profile. Works while a server runs on the folder and when none does.`,
		Example: `  ownsight account create 444455556666 --profile lab
  AWS_PROFILE=lab aws rekognition describe-projects`,
		Args: takes(1, 1, "one account ID of twelve digits, such as 444455556666"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := folder.config(cmd)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(c.Data, 0o700); err != nil {
				return err
			}
			if profile == "" {
				profile = args[0]
			}
			return openAccounts(cmd, c, func(s *access.Service, c config.Config) error {
				if err := s.CreateProfile(cmd.Context(), c.Data, args[0], profile); err != nil {
					return err
				}
				if err := record(c, "CreateAccount", accountOf(args)); err != nil {
					return err
				}
				keys := filepath.Join(c.Data, "credentials")
				if *output == asJSON {
					return writeJSON(cmd.OutOrStdout(), map[string]string{"account": args[0], "profile": profile, "credentials": keys})
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Account %s is there; its key is under profile %q in %s.\n", args[0], profile, keys)
				return nil
			})
		},
	}
	output = outputFlag(cmd)
	folder.register(cmd)
	cmd.Flags().StringVar(&profile, "profile", "", "profile to write the key under (default: the account ID)")
	return cmd
}
