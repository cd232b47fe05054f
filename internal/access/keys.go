package access

import (
	"context"
	"sync"
	"time"

	"ownsight"
	"ownsight/internal/store"
)

// keyLife is how long a key that was found is taken to be good still: every request of every service asks for one, and
// the database need not hear of each. A new key is good at once, for what was not found is not remembered.
const keyLife = time.Second

// knownKeys are the keys found of late; there are never more than keys in the database.
type knownKeys struct {
	mu   sync.Mutex
	byID map[string]knownKey
}

type knownKey struct {
	ownsight.AccessKey
	found time.Time
}

// Key finds an access key with its secret; an unknown one is a NotFound error.
func (s *Service) Key(ctx context.Context, id string) (key ownsight.AccessKey, err error) {
	now := s.now()
	if key, ok := s.known.recent(id, now); ok {
		return key, nil
	}
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		key, err = tx.Accounts().Key(ctx, id)
		return err
	})
	if err == nil {
		s.known.keep(key, now)
	}
	return key, err
}

func (k *knownKeys) recent(id string, now time.Time) (ownsight.AccessKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.byID[id]
	return key.AccessKey, ok && now.Sub(key.found) < keyLife
}

func (k *knownKeys) keep(key ownsight.AccessKey, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byID == nil {
		k.byID = map[string]knownKey{}
	}
	k.byID[key.ID] = knownKey{key, now}
}
