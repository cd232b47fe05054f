package main

import (
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/config"
)

func accountListCommand() *cobra.Command {
	f := new(folderAction)
	return f.command(&cobra.Command{
		Use:     "list",
		Short:   "List the accounts of a server",
		Example: `  ownsight account list`,
		Args:    takes(0, 0, "no arguments"),
	}, func(cmd *cobra.Command, s *access.Service, _ config.Config, _ []string) (any, func(io.Writer), error) {
		accounts, err := s.Accounts(cmd.Context())
		type listed struct {
			Account string    `json:"account"`
			Created time.Time `json:"created"`
		}
		list := []listed{}
		for _, a := range accounts {
			list = append(list, listed{a.ID, a.Created})
		}
		return list, table("ACCOUNT\tCREATED", func(row func(string, ...any)) {
			for _, a := range list {
				row("%s\t%s", a.Account, a.Created.Local().Format(time.DateTime))
			}
		}), err
	})
}

func accountKeyCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "key",
		Short: "Replace the administrator key of an account",
		Long: `Replace the administrator key of an account: create a second one, let every program use it, then delete
the first. ` + "`ownsight user key list`" + ` shows the keys that there are.`,
	}, accountKeyCreateCommand(), accountKeyDeleteCommand())
}

// accountOf is the account that a command's first argument names.
func accountOf(args []string) ownsight.Principal { return ownsight.Principal{Account: args[0]} }

func accountKeyCreateCommand() *cobra.Command {
	f := &folderAction{act: "CreateAccessKey", about: accountOf}
	var profile string
	cmd := f.command(&cobra.Command{
		Use:     "create ID",
		Short:   "Give an account one more administrator key",
		Example: `  ownsight account key create 444455556666 --profile lab-2`,
		Args:    takes(1, 1, "the ID of an account"),
	}, func(cmd *cobra.Command, s *access.Service, c config.Config, args []string) (any, func(io.Writer), error) {
		if profile == "" {
			return nil, nil, usageError{errors.New("--profile is needed: the name to write the key under")}
		}
		p := accountOf(args)
		key, err := s.CreateKey(cmd.Context(), c.Data, p, profile, 0)
		if err != nil {
			return nil, nil, err
		}
		file := filepath.Join(c.Data, "credentials")
		_, words, _ := said(p, "Key %s of account %s is under profile %q in %s.", key.ID, p.Account, profile, file)
		return map[string]string{"account": p.Account, "key": key.ID, "profile": profile, "credentials": file}, words, nil
	})
	cmd.Flags().StringVar(&profile, "profile", "", "profile to write the key under")
	return cmd
}

func accountKeyDeleteCommand() *cobra.Command {
	f := &folderAction{act: "DeleteAccessKey", about: accountOf}
	return f.command(&cobra.Command{
		Use:     "delete ID KEY",
		Short:   "Take an administrator key away from an account",
		Example: `  ownsight account key delete 444455556666 AKIAIOSFODNN7EXAMPLE`,
		Args:    takes(2, 2, "the ID of an account and of one of its keys"),
	}, func(cmd *cobra.Command, s *access.Service, _ config.Config, args []string) (any, func(io.Writer), error) {
		p := accountOf(args)
		if err := s.DeleteKey(cmd.Context(), p, args[1]); err != nil {
			return nil, nil, err
		}
		return said(p, "Key %s is gone. The profile in the credentials file stays; remove it where it is in the way.", args[1])
	})
}
