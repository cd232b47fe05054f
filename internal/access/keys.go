package access

import (
	"context"

	"ownsight"
	"ownsight/internal/store"
)

// Key finds an access key with its secret; an unknown one is a NotFound error. One that has expired is found, and said so
// by its time.
func (s *Service) Key(ctx context.Context, id string) (ownsight.AccessKey, error) {
	return s.keys.get(ctx, id, s.now(), s.findKey)
}

func (s *Service) findKey(ctx context.Context, id string) (key ownsight.AccessKey, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		key, err = tx.Accounts().Key(ctx, id)
		return err
	})
	return key, err
}

// documents are the policies that say what a user may.
func (s *Service) documents(ctx context.Context, p ownsight.Principal) ([]string, error) {
	return s.policies.get(ctx, p, s.now(), s.findDocuments)
}

func (s *Service) findDocuments(ctx context.Context, p ownsight.Principal) (documents []string, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.Users().Policies(ctx, p)
		documents = make([]string, len(list))
		for i, policy := range list {
			documents[i] = policy.Document
		}
		return err
	})
	return documents, err
}
