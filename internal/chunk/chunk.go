// Package chunk cuts disk images into chunks, which are named by their SHA-256 where they are kept. Where two images have the same bytes they mostly
// have the same chunks, wherever those bytes lie; docs/decisions/0014-chunks.md says why it is done in this way.
package chunk

import "bytes"

// IsZero says whether the chunk is a hole: zeros only, which need not be stored. An empty one is.
func IsZero(chunk []byte) bool {
	// Every byte is the one before it, by the machine's widest comparison.
	return len(chunk) == 0 || chunk[0] == 0 && bytes.Equal(chunk[1:], chunk[:len(chunk)-1])
}
