package store

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// refs are the source references of a block, packed so that they are searched as quickly as memory is read: what all of
// them begin with stands there once, and what follows it is one text.
type refs struct {
	ends   []byte // of the rest of each place in text, four bytes each; that of an empty place is empty
	prefix []byte
	text   []byte
}

const endBytes = 4

// packRefs packs references by place; empty places have none.
func packRefs(list []string) refs {
	var prefix string
	first := true
	for _, ref := range list {
		switch {
		case ref == "":
		case first:
			prefix, first = ref, false
		default:
			prefix = prefix[:alike(prefix, ref)]
		}
	}
	r := refs{prefix: []byte(prefix), ends: make([]byte, 0, endBytes*len(list))}
	for _, ref := range list {
		r.text = append(r.text, strings.TrimPrefix(ref, prefix)...)
		r.ends = binary.LittleEndian.AppendUint32(r.ends, uint32(len(r.text)))
	}
	return r
}

// alike is the number of bytes that a and b begin with alike.
func alike(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// unpack is the inverse of packRefs, for the places that are present.
func (r refs) unpack(present *places) []string {
	list := make([]string, blockSize)
	for i := range present.all() {
		list[i] = string(r.prefix) + string(r.rest(i))
	}
	return list
}

// end is where the rest of a place ends in the text.
func (r refs) end(i int) int { return int(binary.LittleEndian.Uint32(r.ends[endBytes*i:])) }

// rest is what follows the prefix at a place.
func (r refs) rest(i int) []byte {
	begin := 0
	if i > 0 {
		begin = r.end(i - 1)
	}
	return r.text[begin:r.end(i)]
}

// containing gives the places whose reference has part, which is not empty, in it; of empty places it tells nothing.
func (r refs) containing(part []byte) (found places) {
	if bytes.Contains(r.prefix, part) {
		found.fill()
		return found
	}
	for n := 1; n < len(part) && n <= len(r.prefix); n++ {
		if !bytes.HasSuffix(r.prefix, part[:n]) {
			continue
		}
		for i := range blockSize {
			if bytes.HasPrefix(r.rest(i), part[n:]) {
				found.add(i)
			}
		}
	}
	for i, at := 0, 0; ; {
		next := bytes.Index(r.text[at:], part)
		if next < 0 {
			return found
		}
		for at += next; r.end(i) <= at; {
			i++
		}
		if at+len(part) > r.end(i) { // it runs into the next place
			at++
			continue
		}
		found.add(i)
		at = r.end(i)
	}
}

func (r refs) encode() []byte {
	to := make([]byte, 0, len(r.ends)+len(r.prefix)+len(r.text)+binary.MaxVarintLen64)
	to = binary.AppendUvarint(append(to, r.ends...), uint64(len(r.prefix)))
	return append(append(to, r.prefix...), r.text...)
}

// decodeRefs reads what encode wrote; the result keeps from.
func decodeRefs(from []byte) (refs, error) {
	const ends = endBytes * blockSize
	if len(from) < ends {
		return refs{}, errDamaged
	}
	length, size := binary.Uvarint(from[ends:])
	text := from[ends+max(size, 0):]
	if size <= 0 || length > uint64(len(text)) {
		return refs{}, errDamaged
	}
	r := refs{ends: from[:ends], prefix: text[:length], text: text[length:]}
	for i, last := 0, 0; i < blockSize; i++ {
		if r.end(i) < last || r.end(i) > len(r.text) {
			return refs{}, errDamaged
		}
		last = r.end(i)
	}
	return r, nil
}
