package classify

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
)

// note reads a result that an earlier attempt has noted, or works it out and notes it.
func note[T any](ctx context.Context, notes Notes, name string, work func() (T, error)) (T, error) {
	var result T
	b, err := notes.Get(ctx, name)
	if err != nil {
		return result, err
	}
	if b != nil {
		if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&result); err != nil {
			return result, fmt.Errorf("classify: note %q: %w", name, err)
		}
		return result, nil
	}
	if result, err = work(); err != nil {
		return result, err
	}
	var file bytes.Buffer
	if err := gob.NewEncoder(&file).Encode(result); err != nil {
		return result, fmt.Errorf("classify: note %q: %w", name, err)
	}
	return result, notes.Put(ctx, name, file.Bytes())
}
