package awswire

import (
	"container/list"
	"crypto/sha256"
	"sync"
)

// signingKeys remembers derived signing keys, the least recently used go first. A derived key serves one access key,
// day, region and service; deriving it costs four HMACs.
type signingKeys struct {
	limit int
	mu    sync.Mutex
	order *list.List // of signingKey, most recently used first
	byID  map[signingKeyID]*list.Element
}

type signingKeyID struct{ accessKey, date, region, service string }

type signingKey struct {
	id      signingKeyID
	secret  string // it was derived from; a key id may get another secret
	derived [sha256.Size]byte
}

func newSigningKeys(limit int) *signingKeys {
	return &signingKeys{limit: limit, order: list.New(), byID: map[signingKeyID]*list.Element{}}
}

// get gives a remembered key or derives it.
func (k *signingKeys) get(id signingKeyID, secret string) [sha256.Size]byte {
	k.mu.Lock()
	if e, ok := k.byID[id]; ok && e.Value.(signingKey).secret == secret {
		defer k.mu.Unlock()
		k.order.MoveToFront(e)
		return e.Value.(signingKey).derived
	}
	k.mu.Unlock()
	return derive(id, secret)
}

// keep remembers a key that a good signature was checked with; strangers cannot fill the memory.
func (k *signingKeys) keep(id signingKeyID, secret string, derived [sha256.Size]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e, ok := k.byID[id]; ok {
		e.Value = signingKey{id, secret, derived}
		return
	}
	k.byID[id] = k.order.PushFront(signingKey{id, secret, derived})
	if k.order.Len() > k.limit {
		last := k.order.Remove(k.order.Back()).(signingKey)
		delete(k.byID, last.id)
	}
}

func derive(id signingKeyID, secret string) (derived [sha256.Size]byte) {
	key := []byte("AWS4" + secret)
	for _, part := range []string{id.date, id.region, id.service, terminator} {
		key = sign(key, []byte(part))
	}
	copy(derived[:], key)
	return derived
}
