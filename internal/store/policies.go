package store

import (
	"context"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// Policies reads and writes the policies of projects.
type Policies struct{ q *db.Queries }

// Put writes a policy of a project; one of that name is replaced, but for the time of its creation.
func (p Policies) Put(ctx context.Context, projectID int64, policy ownsight.ProjectPolicy) error {
	return p.q.PutProjectPolicy(ctx, db.PutProjectPolicyParams{
		ProjectID: projectID, Name: policy.Name, Document: policy.Document, Revision: policy.Revision,
		Created: millis(policy.Created), Updated: millis(policy.Updated),
	})
}

// Get finds a policy of a project; NotFound when there is none of that name.
func (p Policies) Get(ctx context.Context, projectID int64, name string) (ownsight.ProjectPolicy, error) {
	row, err := p.q.GetProjectPolicy(ctx, db.GetProjectPolicyParams{ProjectID: projectID, Name: name})
	return policy(row), found(err, "the project has no policy named %s", name)
}

// List gives the policies of a project by name, after a name, at most limit.
func (p Policies) List(ctx context.Context, projectID int64, after string, limit int) ([]ownsight.ProjectPolicy, error) {
	rows, err := p.q.ListProjectPolicies(ctx, db.ListProjectPoliciesParams{ProjectID: projectID, After: after, Count: int32(limit)})
	list := make([]ownsight.ProjectPolicy, len(rows))
	for i, row := range rows {
		list[i] = policy(row)
	}
	return list, err
}

// Count tells how many policies a project has.
func (p Policies) Count(ctx context.Context, projectID int64) (int64, error) {
	return p.q.CountProjectPolicies(ctx, projectID)
}

// Delete removes a policy of a project; NotFound when there is none of that name.
func (p Policies) Delete(ctx context.Context, projectID int64, name string) error {
	n, err := p.q.DeleteProjectPolicy(ctx, db.DeleteProjectPolicyParams{ProjectID: projectID, Name: name})
	if err == nil && n == 0 {
		return ownsight.Errorf(ownsight.NotFound, "the project has no policy named %s", name)
	}
	return err
}

// DeleteAll removes every policy of a project.
func (p Policies) DeleteAll(ctx context.Context, projectID int64) error {
	return p.q.DeleteProjectPolicies(ctx, projectID)
}

func policy(row db.ProjectPolicy) ownsight.ProjectPolicy {
	return ownsight.ProjectPolicy{
		Name: row.Name, Document: row.Document, Revision: row.Revision,
		Created: fromMillis(row.Created), Updated: fromMillis(row.Updated),
	}
}
