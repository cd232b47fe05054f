package cloudwatch

import (
	"context"

	"ownsight"
	"ownsight/internal/access"
)

// authorize asks access for the action of the operation's name. Metrics are no resources; those of another account than the
// caller's are nobody's to see.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
func (s Services) authorize(ctx context.Context, c ownsight.Caller, operation string, input any) error {
	for _, account := range accountsOf(c, input) {
		r := access.Request{Action: "cloudwatch:" + operation, Resource: "*", Account: account}
		if err := s.Access.Authorize(ctx, c, r); err != nil {
			return err
		}
	}
	return nil
}

// accountsOf are those whose metrics a request is about: the caller's, and those that it names.
func accountsOf(c ownsight.Caller, input any) []string {
	accounts := []string{c.Account}
	add := func(account *string) {
		if account != nil && *account != c.Account {
			accounts = append(accounts, *account)
		}
	}
	switch in := input.(type) {
	case *GetMetricDataInput:
		for _, q := range in.MetricDataQueries {
			add(q.AccountId)
		}
	case *ListMetricsInput:
		add(in.OwningAccount)
	}
	return accounts
}
