package detect

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"encoding/json"
	"fmt"

	"ownsight/internal/vision/nn/optimizer"
	"ownsight/internal/vision/nn/train"
)

// version is to be raised when the network or its training change, so that no training goes on as another one.
const version = 3

// state is what Options.Save is given.
type state struct {
	Of            [32]byte // digest of all that the training depends on
	Trials        []trial  // that are over
	Weights, Adam []byte   // of the stage under way; nil at its beginning
}

// trial is what one left.
type trial struct {
	Found   []HeldOut
	Rounded []HeldOut // what the same network found in integers; nil where the front is in floats
	Weights []byte
}

func newState(t *training) (state, error) {
	front, err := t.front.Bytes()
	if err != nil {
		return state{}, fmt.Errorf("detect: the front: %w", err)
	}
	text, err := json.Marshal([]any{
		version, t.data.Labels, t.data.Pictures, t.options.Seed, t.options.Handed, t.options.Overturn, t.size, t.schedule.steps,
		sha256.Sum256(front),
	})
	if err != nil {
		return state{}, fmt.Errorf("detect: %w", err)
	}
	return state{Of: sha256.Sum256(text)}, nil
}

func (s *state) bytes() ([]byte, error) {
	var out bytes.Buffer
	if err := gob.NewEncoder(&out).Encode(s); err != nil {
		return nil, fmt.Errorf("detect: saving: %w", err)
	}
	return out.Bytes(), nil
}

// load takes over what was saved by the same training. What another one saved, or another version of the program, is
// passed over: the training then begins anew, with the same result.
func (s *state) load(data []byte) {
	var old state
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&old); err == nil && old.Of == s.Of {
		*s = old
	}
}

func (s *state) take(step *train.Step, adam *optimizer.AdamW) error {
	var out bytes.Buffer
	if err := adam.Save(&out); err != nil {
		return fmt.Errorf("detect: saving: %w", err)
	}
	s.Adam, s.Weights = out.Bytes(), make([]byte, 0, 4*len(step.Weights()))
	var err error
	if s.Weights, err = binary.Append(s.Weights, binary.LittleEndian, step.Weights()); err != nil {
		return fmt.Errorf("detect: saving: %w", err)
	}
	return nil
}

func (s *state) resume(step *train.Step, adam *optimizer.AdamW) error {
	if err := enter(step, s.Weights); err != nil {
		return err
	}
	if err := adam.Load(bytes.NewReader(s.Adam)); err != nil {
		return fmt.Errorf("detect: the saved state is damaged: %w", err)
	}
	return nil
}

func enter(step *train.Step, weights []byte) error {
	if _, err := binary.Decode(weights, binary.LittleEndian, step.Weights()); err != nil {
		return fmt.Errorf("detect: the saved state is damaged: %w", err)
	}
	return nil
}
