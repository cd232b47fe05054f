package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"ownsight/internal/access"
	"ownsight/internal/config"
)

// maxPolicyFile bounds a policy that is read, in bytes: far above what is allowed.
const maxPolicyFile = 1 << 20

func userPolicyCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "policy",
		Short: "Manage what users may do",
	}, userPolicyPutCommand(), userPolicyListCommand(), userPolicyDeleteCommand())
}

func userPolicyPutCommand() *cobra.Command {
	f := changing("PutUserPolicy")
	return f.command(&cobra.Command{
		Use:   "put USER NAME FILE",
		Short: "Give a user a policy, or replace the one of that name",
		Long: `Give a user a policy, or replace the one of that name. FILE holds an IAM policy document in JSON;
"-" reads standard input. Without an Allow nothing is allowed, and a Deny wins over every Allow.`,
		Example: `  ownsight user policy put ann detect - <<'END'
  {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "rekognition:DetectCustomLabels", "Resource": "*"},
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/*"}]}
  END`,
		Args: takes(3, 3, "the name of a user, a name for the policy, and a file"),
	}, func(cmd *cobra.Command, s *access.Service, _ config.Config, args []string) (any, func(io.Writer), error) {
		document, err := readPolicy(cmd, args[2])
		if err != nil {
			return nil, nil, err
		}
		p := f.user(args[0])
		if err := s.PutPolicy(cmd.Context(), p, args[1], document); err != nil {
			return nil, nil, err
		}
		return said(p, "User %s has the policy %s.", p.User, args[1])
	})
}

// readPolicy reads a policy document from a file, or from standard input for "-".
func readPolicy(cmd *cobra.Command, name string) (string, error) {
	in := cmd.InOrStdin()
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer file.Close()
		in = file
	}
	b, err := io.ReadAll(io.LimitReader(in, maxPolicyFile))
	return string(b), err
}

func userPolicyListCommand() *cobra.Command {
	f := new(userFlags)
	return f.command(&cobra.Command{
		Use:     "list USER",
		Short:   "Show the policies of a user",
		Example: `  ownsight user policy list ann`,
		Args:    takes(1, 1, "the name of a user"),
	}, func(cmd *cobra.Command, s *access.Service, _ config.Config, args []string) (any, func(io.Writer), error) {
		policies, err := s.Policies(cmd.Context(), f.user(args[0]))
		type listed struct {
			Name     string `json:"name"`
			Document string `json:"document"`
		}
		list := []listed{}
		for _, p := range policies {
			list = append(list, listed(p))
		}
		return list, func(w io.Writer) {
			if len(list) == 0 {
				fmt.Fprintf(w, "User %s has no policy, and so may do nothing.\n", args[0])
			}
			for _, p := range list {
				fmt.Fprintf(w, "%s:\n%s\n", p.Name, p.Document)
			}
		}, err
	})
}

func userPolicyDeleteCommand() *cobra.Command {
	f := changing("DeleteUserPolicy")
	return f.command(&cobra.Command{
		Use:     "delete USER NAME",
		Short:   "Take a policy away from a user",
		Example: `  ownsight user policy delete ann detect`,
		Args:    takes(2, 2, "the name of a user and of one of its policies"),
	}, func(cmd *cobra.Command, s *access.Service, _ config.Config, args []string) (any, func(io.Writer), error) {
		p := f.user(args[0])
		if err := s.DeletePolicy(cmd.Context(), p, args[1]); err != nil {
			return nil, nil, err
		}
		return said(p, "User %s has the policy %s no more.", p.User, args[1])
	})
}
