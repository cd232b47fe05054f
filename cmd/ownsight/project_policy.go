package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

func projectPolicyCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "policy",
		Short: "Let other accounts copy models out of a project",
		Long: `Let other accounts copy models out of a project. Nobody may, unless a policy of the project says so; docs/access.md
has more. The other account copies with ` + "`ownsight model copy MODEL-ARN PROJECT --from PROJECT-ARN`" + `.`,
	}, projectPolicyPutCommand(), projectPolicyListCommand(), projectPolicyDeleteCommand())
}

func projectPolicyPutCommand() *cobra.Command {
	var revision string
	cmd := &cobra.Command{
		Use:   "put PROJECT NAME FILE",
		Short: "Give a project a policy, or replace the one of that name",
		Long: `Give a project a policy, or replace the one of that name. FILE holds a policy document in JSON; "-" reads standard
input.`,
		Example: `  ownsight project policy put photos plant-2 - <<'END'
  {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
     "Action": "rekognition:CopyProjectVersion",
     "Resource": "arn:aws:rekognition:us-east-1:111122223333:project/photos/version/*"}]}
  END`,
		Args: takes(3, 3, "a project, a name for the policy, and a file"),
	}
	onServer(cmd, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		document, err := readPolicy(cmd, args[2])
		if err != nil {
			return nil, nil, err
		}
		made, err := c.PutProjectPolicy(ctx, args[0], args[1], document, revision)
		answer := struct {
			Revision string `json:"revisionId"`
		}{made}
		return answer, func(w io.Writer) {
			fmt.Fprintf(w, "Project %s has the policy %s, revision %s.\n", args[0], args[1], made)
		}, err
	})
	cmd.Flags().StringVar(&revision, "revision", "", "replace this revision only, so that nobody's change is lost")
	return cmd
}

func projectPolicyListCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:     "list PROJECT",
		Short:   "Show the policies of a project",
		Example: `  ownsight project policy list photos`,
		Args:    takes(1, 1, "one project"),
	}, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		list, err := c.ProjectPolicies(ctx, args[0])
		return list, func(w io.Writer) {
			if len(list) == 0 {
				fmt.Fprintf(w, "Project %s has no policy: no other account may copy its models.\n", args[0])
			}
			for _, p := range list {
				fmt.Fprintf(w, "%s, revision %s:\n%s\n", p.Name, p.Revision, printable(p.Document))
			}
		}, err
	})
}

func projectPolicyDeleteCommand() *cobra.Command {
	return onServer(&cobra.Command{
		Use:     "delete PROJECT NAME",
		Short:   "Take a policy away from a project",
		Example: `  ownsight project policy delete photos plant-2`,
		Args:    takes(2, 2, "a project, and the name of one of its policies"),
	}, func(ctx context.Context, c *client.Client, args []string, _ func(client.Progress)) (any, func(io.Writer), error) {
		err := c.DeleteProjectPolicy(ctx, args[0], args[1])
		answer := struct {
			Deleted string `json:"deleted"`
		}{args[1]}
		return answer, func(w io.Writer) { fmt.Fprintf(w, "Project %s has the policy %s no more.\n", args[0], args[1]) }, err
	})
}
