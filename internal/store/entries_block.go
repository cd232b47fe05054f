package store

import (
	"encoding/binary"
	"errors"
	"iter"
	"math/bits"
	"slices"
	"strings"

	"ownsight"
)

// blockSize is how many places in the order of a dataset one block of its index covers; the first is of Seq 1.
const blockSize = 1024

// blockOf tells where an entry stands in the index: the number of its block, and its place there.
func blockOf(seq int64) (number int64, place int) {
	return (seq - 1) / blockSize, int((seq - 1) % blockSize)
}

// seqOf is the inverse of blockOf.
func seqOf(number int64, place int) int64 { return number*blockSize + int64(place) + 1 }

// places is a set of places within a block.
type places [blockSize / 64]uint64

func (p *places) add(i int) { p[i/64] |= 1 << (i % 64) }

// join adds the places of q.
func (p *places) join(q *places) {
	for w := range p {
		p[w] |= q[w]
	}
}

// keep removes the places that are in q, or that are not, so that those stay for which being in q is as wanted.
func (p *places) keep(q *places, in bool) {
	for w := range p {
		if in {
			p[w] &= q[w]
		} else {
			p[w] &^= q[w]
		}
	}
}

func (p *places) fill() {
	for w := range p {
		p[w] = ^uint64(0)
	}
}

// dropBelow removes the places before i.
func (p *places) dropBelow(i int) {
	for w := range i / 64 {
		p[w] = 0
	}
	if i < blockSize {
		p[i/64] &= ^uint64(0) << (i % 64)
	}
}

func (p *places) count() int64 {
	n := 0
	for _, word := range p {
		n += bits.OnesCount64(word)
	}
	return int64(n)
}

// all gives the places in order.
func (p *places) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for w, word := range p {
			for ; word != 0; word &= word - 1 {
				if !yield(w*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

// block is what the index knows of neighbouring entries: for each thing that a filter may ask for, who has it.
type block struct {
	present, labeled, errors places
	labels                   []carriers // by name
	refs                     refs
}

// carriers are the places of a block whose entries carry a label.
type carriers struct {
	label string
	places
}

// put makes entries what the index says of their places, which are in this block.
func (b *block) put(entries []*ownsight.Entry) {
	var which places
	for _, e := range entries {
		_, i := blockOf(e.Seq)
		which.add(i)
	}
	b.moveTo(new(block), which)
	names := b.refs.unpack(&b.present)
	for _, e := range entries {
		_, i := blockOf(e.Seq)
		names[i] = e.SourceRef
		b.present.add(i)
		if e.Labeled {
			b.labeled.add(i)
		}
		if e.HasErrors {
			b.errors.add(i)
		}
		for _, l := range e.Labels {
			b.carriers(l.Name).add(i)
		}
	}
	b.refs = packRefs(names)
}

// carriers finds or makes the set of those who carry a label.
func (b *block) carriers(label string) *places {
	at, known := slices.BinarySearchFunc(b.labels, label, func(c carriers, label string) int { return strings.Compare(c.label, label) })
	if !known {
		b.labels = slices.Insert(b.labels, at, carriers{label: label})
	}
	return &b.labels[at].places
}

// moveTo takes the entries at some places to the same places of another block.
func (b *block) moveTo(to *block, which places) {
	which.keep(&b.present, true)
	taken := b.refs.unpack(&which)
	names := to.refs.unpack(&to.present)
	for i := range which.all() {
		names[i] = taken[i]
	}
	move := func(from, to *places) {
		moving := which
		moving.keep(from, true)
		to.join(&moving)
		from.keep(&which, false)
	}
	move(&b.present, &to.present)
	move(&b.labeled, &to.labeled)
	move(&b.errors, &to.errors)
	for at := range b.labels {
		move(&b.labels[at].places, to.carriers(b.labels[at].label))
	}
	b.tidy()
	to.tidy()
	to.refs = packRefs(names)
}

// tidy forgets labels that nobody carries.
func (b *block) tidy() {
	b.labels = slices.DeleteFunc(b.labels, func(c carriers) bool { return c.places == places{} })
}

// matching gives the places that a filter lets through, whatever their references are.
func (b *block) matching(f ownsight.EntryFilter) places {
	found := b.present
	if len(f.AnyLabel) > 0 {
		var any places
		for at := range b.labels {
			if c := &b.labels[at]; slices.Contains(f.AnyLabel, c.label) {
				any.join(&c.places)
			}
		}
		found.keep(&any, true)
	}
	if f.Labeled != nil {
		found.keep(&b.labeled, *f.Labeled)
	}
	if f.HasErrors != nil {
		found.keep(&b.errors, *f.HasErrors)
	}
	return found
}

// encode gives the two columns that a block is kept in.
func (b *block) encode() (members, refs []byte) {
	members = make([]byte, 0, (3+2*len(b.labels))*placesBytes)
	for _, p := range []*places{&b.present, &b.labeled, &b.errors} {
		members = p.append(members)
	}
	for at := range b.labels {
		c := &b.labels[at]
		members = binary.AppendUvarint(members, uint64(len(c.label)))
		members = c.append(append(members, c.label...))
	}
	return members, b.refs.encode()
}

var errDamaged = errors.New("a block of the index of entries is damaged")

// decodeMembers reads what encode wrote, all but the references.
func decodeMembers(from []byte) (*block, error) {
	b := new(block)
	if len(from) < 3*placesBytes {
		return nil, errDamaged
	}
	for _, p := range []*places{&b.present, &b.labeled, &b.errors} {
		from = p.read(from)
	}
	b.labels = make([]carriers, 0, len(from)/placesBytes)
	for len(from) > 0 {
		length, size := binary.Uvarint(from)
		from = from[max(size, 0):]
		if size <= 0 || length > uint64(len(from)) || uint64(len(from))-length < placesBytes {
			return nil, errDamaged
		}
		c := carriers{label: string(from[:length])}
		from = c.read(from[length:])
		b.labels = append(b.labels, c)
	}
	return b, nil
}

// placesBytes is how long encoded places are.
const placesBytes = blockSize / 8

func (p *places) append(to []byte) []byte {
	for _, word := range p {
		to = binary.LittleEndian.AppendUint64(to, word)
	}
	return to
}

// read takes places off the beginning of from and gives the rest.
func (p *places) read(from []byte) []byte {
	for w := range p {
		p[w] = binary.LittleEndian.Uint64(from[8*w:])
	}
	return from[placesBytes:]
}
