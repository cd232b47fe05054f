package main

import (
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ownsight/internal/access"
	"ownsight/internal/config"
)

func userKeyCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "key",
		Short: "Manage the access keys of users",
	}, userKeyCreateCommand(), userKeyListCommand(), userKeyDeleteCommand())
}

func userKeyCreateCommand() *cobra.Command {
	f := changing("CreateAccessKey")
	var profile string
	var life time.Duration
	cmd := f.command(&cobra.Command{
		Use:   "create USER",
		Short: "Give a user an access key",
		Long: `Give a user an access key, which is appended to DIR/credentials under a profile. A user may have
several, so that one can be replaced while the other is still in use.`,
		Example: `  ownsight user key create ann
  ownsight user key create ann --profile ann-today --expires 12h`,
		Args: takes(1, 1, "the name of a user"),
	}, func(cmd *cobra.Command, s *access.Service, c config.Config, args []string) (any, func(io.Writer), error) {
		p := f.user(args[0])
		if profile == "" {
			profile = p.User
		}
		key, err := s.CreateKey(cmd.Context(), c.Data, p, profile, life)
		if err != nil {
			return nil, nil, err
		}
		file := filepath.Join(c.Data, "credentials")
		answer := map[string]string{"user": p.ARN(), "key": key.ID, "profile": profile, "credentials": file}
		_, words, _ := said(p, "Key %s of user %s is under profile %q in %s.", key.ID, p.User, profile, file)
		return answer, words, nil
	})
	cmd.Flags().StringVar(&profile, "profile", "", "profile to write the key under (default: the user's name)")
	cmd.Flags().DurationVar(&life, "expires", 0, "how long the key is good, such as 12h (default: for ever)")
	return cmd
}

func userKeyListCommand() *cobra.Command {
	f := new(userFlags)
	return f.command(&cobra.Command{
		Use:     "list",
		Short:   "List the access keys of an account and its users; never their secrets",
		Example: `  ownsight user key list`,
		Args:    takes(0, 0, "no arguments"),
	}, func(cmd *cobra.Command, s *access.Service, _ config.Config, _ []string) (any, func(io.Writer), error) {
		keys, err := s.Keys(cmd.Context(), f.account)
		type listed struct {
			Key     string    `json:"key"`
			User    string    `json:"user"` // empty for the account's own
			Expires time.Time `json:"expires,omitzero"`
		}
		list := []listed{}
		for _, k := range keys {
			list = append(list, listed{k.ID, k.User, k.Expires})
		}
		return list, table("KEY\tUSER\tEXPIRES", func(row func(string, ...any)) {
			for _, k := range list {
				user, expires := k.User, "never"
				if user == "" {
					user = "(the account)"
				}
				if !k.Expires.IsZero() {
					expires = k.Expires.Local().Format(time.DateTime)
				}
				row("%s\t%s\t%s", k.Key, user, expires)
			}
		}), err
	})
}

func userKeyDeleteCommand() *cobra.Command {
	f := changing("DeleteAccessKey")
	return f.command(&cobra.Command{
		Use:     "delete USER KEY",
		Short:   "Take an access key away from a user",
		Example: `  ownsight user key delete ann AKIAIOSFODNN7EXAMPLE`,
		Args:    takes(2, 2, "the name of a user and the ID of one of its keys"),
	}, func(cmd *cobra.Command, s *access.Service, _ config.Config, args []string) (any, func(io.Writer), error) {
		p := f.user(args[0])
		if err := s.DeleteKey(cmd.Context(), p, args[1]); err != nil {
			return nil, nil, err
		}
		return said(p, "Key %s is gone. The profile in the credentials file stays; remove it where it is in the way.", args[1])
	})
}
