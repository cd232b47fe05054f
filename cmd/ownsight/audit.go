package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ownsight"
	"ownsight/internal/audit"
	"ownsight/internal/config"
)

func auditCommand() *cobra.Command {
	var folder folderFlags
	var since string
	var follow bool
	var wanted auditFilter
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show who asked a server for what, and what came of it",
		Long: `Show the requests of clients to a server: when, who, which operation, the outcome, from where, on which
resources. Reads the files in DIR/audit, while a server runs and when none does. Times are UTC.

WHO is an account, or ACCOUNT/USER; a ? before an access key, or alone, is somebody who did not prove to be
anybody. OUTCOME is ok or the error that was answered. REQUEST is the id that the client and the server's log know.
The files and --output json have one record a line, in the form of AWS CloudTrail's.`,
		Example: `  ownsight audit --denied --since 7d
  ownsight audit --account 444455556666 --operation DeleteProjectVersion --since 2026-01-31
  ownsight audit --follow
  ownsight audit --output json | jq -r 'select(.readOnly | not) | [.eventTime, .userIdentity.arn, .eventName] | @tsv'`,
		Args: takes(0, 0, "no arguments"),
	}
	output := outputFlag(cmd)
	folder.register(cmd)
	cmd.Flags().StringVar(&since, "since", "24h",
		"how far back: 30m, 7d, a day (2026-01-31) or a time (2026-01-31T08:00:00Z); with --follow by default from now on")
	cmd.Flags().StringVar(&wanted.account, "account", "", "only what this account asked for, or what touched its resources")
	cmd.Flags().StringVar(&wanted.operation, "operation", "", "only this operation, such as DetectCustomLabels or s3:PutObject")
	cmd.Flags().BoolVar(&wanted.denied, "denied", false, "only what was refused for who asked")
	cmd.Flags().BoolVar(&follow, "follow", false, "go on with what comes, until Ctrl-C")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if wanted.account != "" && !ownsight.ValidAccount(wanted.account) {
			return usageError{fmt.Errorf("--account: %q is not an account ID of twelve digits", wanted.account)}
		}
		if follow && !cmd.Flags().Changed("since") {
			since = "0s"
		}
		from, err := parseSince(since, time.Now())
		if err != nil {
			return usageError{err}
		}
		c, err := folder.config(cmd)
		if err != nil {
			return err
		}
		if c.Audit == config.AuditOff {
			return errors.New("a server with this configuration keeps no records: audit is off")
		}
		show := showText
		if *output == asJSON {
			show = showJSON
		}
		reader := audit.Reader{Dir: c.Audit, Since: from, Follow: follow}
		return showAudit(cmd.Context(), reader, wanted, show(cmd.OutOrStdout()), cmd.ErrOrStderr())
	}
	return cmd
}

// showAudit shows the records that are wanted.
func showAudit(ctx context.Context, r audit.Reader, wanted auditFilter, show func([]byte, *audit.Record) error, problems io.Writer) error {
	shown := 0
	spoiled, err := r.Read(ctx, func(line []byte, record *audit.Record) error {
		if !wanted.matches(record) {
			return nil
		}
		shown++
		return show(line, record)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no records in %s: no server has run with this folder; name the server's with --data or --config", r.Dir)
	}
	if err == nil && ctx.Err() == nil && shown == 0 {
		fmt.Fprintf(problems, "No such request since %s.\n", r.Since.UTC().Format(time.DateTime))
	}
	if spoiled > 0 {
		fmt.Fprintf(problems, "%d lines were cut off when they were written, by a full disk or a power cut.\n", spoiled)
	}
	return errors.Join(err, ctx.Err())
}

// auditFilter says which records are wanted.
type auditFilter struct {
	account, operation string
	denied             bool
}

func (f auditFilter) matches(r *audit.Record) bool {
	if f.denied && !r.Denied() {
		return false
	}
	if f.operation != "" && !strings.EqualFold(f.operation, r.Name) && !strings.EqualFold(f.operation, operationOf(r)) {
		return false
	}
	if f.account == "" || f.account == r.Identity.AccountID {
		return true
	}
	for _, resource := range r.Resources {
		if resource.AccountID == f.account {
			return true
		}
	}
	return false
}

// operationOf is service:Operation, as policies write it.
func operationOf(r *audit.Record) string {
	return strings.TrimSuffix(r.Source, ".amazonaws.com") + ":" + r.Name
}

// parseSince reads how far back to go: a time, a day in UTC, or a while before now.
func parseSince(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("--since: %q is neither a while such as 24h or 7d, nor a day such as 2026-01-31, "+
		"nor a time such as 2026-01-31T08:00:00Z", text)
}

func showJSON(w io.Writer) func([]byte, *audit.Record) error {
	return func(line []byte, _ *audit.Record) error {
		_, err := w.Write(line)
		return err
	}
}

// showText writes a table whose columns are as wide as most cells are: it does not wait for the last record.
func showText(w io.Writer) func([]byte, *audit.Record) error {
	const row = "%-23s  %-20s  %-35s  %-30s  %-15s  %-36s  %s\n"
	headed := false
	return func(_ []byte, r *audit.Record) error {
		if !headed {
			headed = true
			fmt.Fprintf(w, row, "TIME", "WHO", "OPERATION", "OUTCOME", "ADDRESS", "REQUEST", "RESOURCES")
		}
		outcome := "ok"
		if r.ErrorCode != "" {
			outcome = r.ErrorCode
		}
		var resources []string
		for _, resource := range r.Resources {
			resources = append(resources, resource.ARN)
		}
		when := strings.TrimSuffix(strings.Replace(r.Time, "T", " ", 1), "Z")
		_, err := fmt.Fprintf(w, row, printable(when), printable(who(r.Identity)), printable(operationOf(r)), printable(outcome),
			printable(r.Address), printable(r.RequestID), printable(strings.Join(resources, " ")))
		return err
	}
}

func who(i audit.Identity) string {
	switch {
	case i.AccountID == "":
		return "?" + i.AccessKeyID
	case i.UserName != "":
		return i.AccountID + "/" + i.UserName
	}
	return i.AccountID
}
