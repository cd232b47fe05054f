package model

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"ownsight"
	"ownsight/internal/store"
)

// PutPolicy attaches a policy to a project, or replaces the one of that name, and gives its new revision. The document has
// been checked. To replace one its current revision must be given. Errors: NotFound (project), AlreadyExists (no
// revision), StaleRevision (not the current one), QuotaExceeded.
func (s *Service) PutPolicy(ctx context.Context, arn ownsight.ProjectARN, name, document, revision string) (string, error) {
	now := s.createTime()
	policy := ownsight.ProjectPolicy{Name: name, Document: document, Revision: newRevision(), Created: now, Updated: now}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		p, err := project(ctx, tx, arn)
		if err != nil {
			return err
		}
		there, err := tx.Policies().Get(ctx, p.ID, name)
		switch found := ownsight.CodeOf(err) != ownsight.NotFound; {
		case found && err != nil:
			return err
		case found && revision == "":
			return ownsight.Errorf(ownsight.AlreadyExists, "The project has a policy named %s already. To replace it, give its current PolicyRevisionId, which ListProjectPolicies tells.", name)
		case !found && revision != "":
			return ownsight.Errorf(ownsight.StaleRevision, "The project has no policy named %s, and so none of revision %s. Leave PolicyRevisionId out to create it.", name, revision)
		case found && there.Revision != revision:
			return stale(name)
		case found:
			return tx.Policies().Put(ctx, p.ID, policy)
		}
		count, err := tx.Policies().Count(ctx, p.ID)
		if err != nil {
			return err
		}
		if s.limits.Policies > 0 && count >= s.limits.Policies {
			return ownsight.Errorf(ownsight.QuotaExceeded, "The project has %d policies, as many as are allowed. Delete one first, or add statements to one.", count)
		}
		return tx.Policies().Put(ctx, p.ID, policy)
	})
	return policy.Revision, err
}

// Policies lists the policies of a project by name, a page at a time; the next token, a name, is empty at the end.
func (s *Service) Policies(ctx context.Context, arn ownsight.ProjectARN, after string, limit int) (list []ownsight.ProjectPolicy, next string, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		p, err := tx.Projects().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		list, err = tx.Policies().List(ctx, p.ID, after, limit+1)
		return err
	})
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].Name
	}
	return list, next, err
}

// PolicyDocuments are the documents of a project's policies; none for a project that is not there.
func (s *Service) PolicyDocuments(ctx context.Context, arn ownsight.ProjectARN) ([]string, error) {
	const all = 1000 // far above any limit of policies
	list, _, err := s.Policies(ctx, arn, "", all)
	if ownsight.CodeOf(err) == ownsight.NotFound {
		return nil, nil
	}
	documents := make([]string, len(list))
	for i, p := range list {
		documents[i] = p.Document
	}
	return documents, err
}

// DeletePolicy removes a policy of a project; where a revision is given, only that. Errors: NotFound, StaleRevision.
func (s *Service) DeletePolicy(ctx context.Context, arn ownsight.ProjectARN, name, revision string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.Projects().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		there, err := tx.Policies().Get(ctx, p.ID, name)
		if err != nil {
			return err
		}
		if revision != "" && revision != there.Revision {
			return stale(name)
		}
		return tx.Policies().Delete(ctx, p.ID, name)
	})
}

func stale(name string) error {
	return ownsight.Errorf(ownsight.StaleRevision, "PolicyRevisionId is not the current revision of the policy %s, which ListProjectPolicies tells.", name)
}

// newRevision is 32 hexadecimal digits.
func newRevision() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}
