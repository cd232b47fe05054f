// Package chunk cuts disk images into chunks that are named by their SHA-256. Where two images have the same bytes they mostly
// have the same chunks, wherever those bytes lie; docs/decisions/0014-chunks.md says why it is done in this way.
package chunk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Digest is the SHA-256 of a chunk: its name.
type Digest [sha256.Size]byte

// Sum is the digest of a chunk.
func Sum(chunk []byte) Digest { return sha256.Sum256(chunk) }

// Parse reads what [Digest.String] writes, and nothing else: one chunk has one name.
func Parse(s string) (d Digest, err error) {
	if len(s) != hex.EncodedLen(len(d)) {
		return Digest{}, fmt.Errorf("digest of %d characters, not %d", len(s), hex.EncodedLen(len(d)))
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return Digest{}, fmt.Errorf("digest %q has a character that is not 0-9 or a-f", s)
		}
	}
	_, err = hex.Decode(d[:], []byte(s))
	return d, err
}

// String is 64 hexadecimal digits in lower case.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// IsZero says whether the chunk is a hole: zeros only, which need not be stored. An empty one is.
func IsZero(chunk []byte) bool {
	// Every byte is the one before it, by the machine's widest comparison.
	return len(chunk) == 0 || chunk[0] == 0 && bytes.Equal(chunk[1:], chunk[:len(chunk)-1])
}
