package training

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"

	"ownsight/internal/objects"
)

// notes keeps what a training has worked out, in the version's archive, for attempts that go on with it. Those of another
// network have other names, as its pictures' files do, and so have those of another version of the program: after
// an upgrade in the middle of a training, what is learnt is learnt anew, and nothing is mixed.
type notes struct{ *work }

const maxNote = 1 << 30 // bytes

func (n notes) file(name string) string {
	maker := sha256.Sum256([]byte(n.program))
	return fmt.Sprintf("%s%.12s/notes-%.4x/%s", workPrefix, n.engine.Net().Digest, maker, name)
}

// Get gives a note, nil when there is none.
func (n notes) Get(ctx context.Context, name string) ([]byte, error) {
	b, err := n.own.Get(ctx, n.file(name), maxNote)
	if errors.Is(err, objects.ErrNotFound) {
		b, err = nil, nil
	}
	if err == nil {
		n.log.Debug("recalled", "version", n.version.ARN.String(), "note", name, "bytes", len(b))
	}
	return b, err
}

// Put keeps a note.
func (n notes) Put(ctx context.Context, name string, note []byte) error {
	if err := n.own.Put(ctx, n.file(name), note); err != nil {
		return err
	}
	n.log.Debug("noted", "version", n.version.ARN.String(), "note", name, "bytes", len(note))
	return nil
}

// keep notes a value of any type.
func (n notes) keep(ctx context.Context, name string, value any) error {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(value); err != nil {
		return fmt.Errorf("note %q: %w", name, err)
	}
	return n.Put(ctx, name, b.Bytes())
}

// recall reads a value that was kept; there is false when it was not.
func (n notes) recall(ctx context.Context, name string, value any) (there bool, err error) {
	b, err := n.Get(ctx, name)
	if err != nil || b == nil {
		return false, err
	}
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(value); err != nil {
		return false, fmt.Errorf("note %q: %w", name, err)
	}
	return true, nil
}
