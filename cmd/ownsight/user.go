package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/config"
)

func userCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "user",
		Short: "Manage the users of an account, their keys and policies",
		Long: `Manage the users of an account. A user may do what its policies allow: JSON documents in the language
of AWS IAM, with actions such as rekognition:DetectCustomLabels and s3:GetObject. The account's own
key needs none: it may do everything in its account.

Changes count within a second, on a server that runs as well.`,
		Example: `  ownsight user create ann
  ownsight user policy put ann detect detect.json
  ownsight user key create ann --profile ann
  AWS_PROFILE=ann aws rekognition describe-projects`,
	}, userCreateCommand(), userListCommand(), userDeleteCommand(), userKeyCommand(), userPolicyCommand())
}

// userFlags are those that every command about users has.
type userFlags struct {
	folderAction
	account string
}

// command makes a command of an action; the first argument, where there is one, names a user.
func (f *userFlags) command(cmd *cobra.Command, do action) *cobra.Command {
	cmd.Flags().StringVar(&f.account, "account", ownsight.DefaultAccount, "the account that the user belongs to")
	return f.folderAction.command(cmd, do)
}

// changing are the flags of a command that changes the user whom its first argument names.
func changing(act string) *userFlags {
	f := &userFlags{folderAction: folderAction{act: act}}
	f.about = func(args []string) ownsight.Principal { return f.user(args[0]) }
	return f
}

func (f *userFlags) user(name string) ownsight.Principal {
	return ownsight.Principal{Account: f.account, User: name}
}

// said is what a command tells that has done one thing to a user.
func said(p ownsight.Principal, format string, args ...any) (any, func(io.Writer), error) {
	return map[string]string{"user": p.ARN()}, func(w io.Writer) { fmt.Fprintf(w, format+"\n", args...) }, nil
}

// table lays rows out under a heading.
func table(heading string, rows func(row func(format string, args ...any))) func(io.Writer) {
	return func(w io.Writer) {
		t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
		fmt.Fprintln(t, heading)
		rows(func(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) })
		t.Flush()
	}
}

func userCreateCommand() *cobra.Command {
	f := changing("CreateUser")
	return f.command(&cobra.Command{
		Use:     "create NAME",
		Short:   "Add a user, who may do nothing yet",
		Example: `  ownsight user create ann --account 444455556666`,
		Args:    takes(1, 1, "one name of 1 to 64 letters, digits or + = , . @ _ -"),
	}, func(cmd *cobra.Command, s *access.Service, _ config.Config, args []string) (any, func(io.Writer), error) {
		p := f.user(args[0])
		if err := s.CreateUser(cmd.Context(), p); err != nil {
			return nil, nil, err
		}
		return said(p, "User %s is there. Next: `ownsight user policy put %s NAME FILE` and `ownsight user key create %[2]s`.", p.ARN(), p.User)
	})
}

func userListCommand() *cobra.Command {
	f := new(userFlags)
	return f.command(&cobra.Command{
		Use:   "list",
		Short: "List the users of an account",
		Example: `  ownsight user list
  ownsight user list --account 444455556666 --output json`,
		Args: takes(0, 0, "no arguments"),
	}, func(cmd *cobra.Command, s *access.Service, _ config.Config, _ []string) (any, func(io.Writer), error) {
		users, err := s.Users(cmd.Context(), f.account)
		type listed struct {
			User    string    `json:"user"`
			ARN     string    `json:"arn"`
			Created time.Time `json:"created"`
		}
		list := []listed{}
		for _, u := range users {
			list = append(list, listed{u.User, u.ARN(), u.Created})
		}
		return list, table("USER\tCREATED", func(row func(string, ...any)) {
			for _, u := range list {
				row("%s\t%s", u.User, u.Created.Local().Format(time.DateTime))
			}
		}), err
	})
}

func userDeleteCommand() *cobra.Command {
	f := changing("DeleteUser")
	return f.command(&cobra.Command{
		Use:     "delete NAME",
		Short:   "Remove a user with its keys and policies",
		Example: `  ownsight user delete ann`,
		Args:    takes(1, 1, "the name of a user"),
	}, func(cmd *cobra.Command, s *access.Service, _ config.Config, args []string) (any, func(io.Writer), error) {
		p := f.user(args[0])
		if err := s.DeleteUser(cmd.Context(), p); err != nil {
			return nil, nil, err
		}
		return said(p, "User %s is gone, its keys and policies with it.", p.ARN())
	})
}
