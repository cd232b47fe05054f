// Package stratify knows one rule: which fifth of a dataset's entries is set aside for testing, so that both parts show
// every label in the same proportion. DistributeDatasetEntries and the automatic split of a training go by it.
//
// The rule is that of iterative stratification (Sechidis, Tsoumakas and Vlahavas, 2011), for pictures with any number of
// labels: the rarest label chooses first, and what it chooses counts for the other labels of those pictures as well.
package stratify

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"ownsight"
)

const (
	share  = 5  // one entry of so many is set aside
	orders = 16 // in which the entries may choose
)

// ScarceError says which label cannot be on both sides.
type ScarceError struct {
	Label   string
	Entries int // that carry it
}

func (e *ScarceError) Error() string {
	if e.Entries == 1 {
		return fmt.Sprintf("Label %q has 1 picture; it needs 2, one for each dataset.", e.Label)
	}
	return fmt.Sprintf("Label %q has %d pictures, none of which can be set aside without taking the last picture of another label; add pictures of it.",
		e.Label, e.Entries)
}

// Split tells of each entry whether it is set aside. What it goes by are source references and labels, not the order of
// the entries, so that the same data is always split the same way.
//
// A fifth of the entries of every label is set aside, rounded down but at least one; one stays as well. Where any entry
// has boxes, those alone are labels, for they alone are trained on. Of the entries without such a label a fifth is set
// aside too, except of those that have errors: they stay. The error is a *ScarceError.
func Split(entries []ownsight.Entry) ([]bool, error) {
	scarce := &ScarceError{}
	for order := range orders { // a choice may leave a later one without a way: then another order is tried
		s := newSplit(entries, byte(order))
		if scarce = s.run(); scarce == nil {
			return s.aside, nil
		}
		if scarce.Entries == 1 {
			break
		}
	}
	return nil, scarce
}

// split is one attempt at a choice.
type split struct {
	aside  []bool
	labels [][]int // of each entry, as indices into strata
	strata []stratum
	bare   stratum // the entries without a label
}

// stratum is the entries that carry a label.
type stratum struct {
	label   string
	members []int // in the order in which they are chosen
	wanted  int   // how many more are to be set aside; below 0 when others chose too many
	left    int   // that are not set aside
}

func newSplit(entries []ownsight.Entry, order byte) *split {
	s := &split{aside: make([]bool, len(entries)), labels: make([][]int, len(entries))}
	boxes := slices.ContainsFunc(entries, func(e ownsight.Entry) bool {
		return slices.ContainsFunc(e.Labels, func(l ownsight.EntryLabel) bool { return l.Boxes > 0 })
	})
	number := map[string]int{}
	for _, i := range shuffled(entries, order) {
		for _, l := range entries[i].Labels {
			if boxes && l.Boxes == 0 {
				continue
			}
			n, known := number[l.Name]
			if !known {
				n = len(s.strata)
				number[l.Name] = n
				s.strata = append(s.strata, stratum{label: l.Name})
			}
			s.strata[n].members = append(s.strata[n].members, i)
			s.labels[i] = append(s.labels[i], n)
		}
		if unusable := len(entries[i].Labels) == 0 && entries[i].HasErrors; len(s.labels[i]) == 0 && !unusable {
			s.bare.members = append(s.bare.members, i)
		}
	}
	for i := range s.strata {
		st := &s.strata[i]
		st.left, st.wanted = len(st.members), max(1, len(st.members)/share)
	}
	s.bare.wanted = len(s.bare.members) / share
	return s
}

// shuffled gives the indices of the entries in one of several orders, which depend on the source references only.
func shuffled(entries []ownsight.Entry, order byte) []int {
	ranks := make([][sha256.Size]byte, len(entries))
	indices := make([]int, len(entries))
	for i, e := range entries {
		name := []byte(e.SourceRef)
		if order > 0 {
			name = append(name, order)
		}
		ranks[i], indices[i] = sha256.Sum256(name), i
	}
	slices.SortFunc(indices, func(a, b int) int { return bytes.Compare(ranks[a][:], ranks[b][:]) })
	return indices
}

// run lets every label choose, the rarest first, and gives the first that cannot be on both sides.
func (s *split) run() *ScarceError {
	rarest := make([]*stratum, len(s.strata))
	for i := range s.strata {
		rarest[i] = &s.strata[i]
	}
	slices.SortFunc(rarest, func(a, b *stratum) int {
		return cmp.Or(cmp.Compare(len(a.members), len(b.members)), cmp.Compare(a.label, b.label))
	})
	for _, st := range rarest {
		s.choose(st)
		if st.left == len(st.members) {
			return &ScarceError{Label: st.label, Entries: len(st.members)}
		}
	}
	for _, i := range s.bare.members[:s.bare.wanted] {
		s.aside[i] = true
	}
	return nil
}

// choose sets as many entries of a stratum aside as are still wanted; first those that every label of theirs wants.
func (s *split) choose(st *stratum) {
	for _, fitting := range []bool{true, false} {
		for _, i := range st.members {
			if st.wanted <= 0 {
				return
			}
			if !s.aside[i] && s.every(i, func(of *stratum) bool { return of.left > 1 && (!fitting || of.wanted > 0) }) {
				s.take(i)
			}
		}
	}
}

func (s *split) every(entry int, holds func(*stratum) bool) bool {
	return !slices.ContainsFunc(s.labels[entry], func(n int) bool { return !holds(&s.strata[n]) })
}

func (s *split) take(entry int) {
	s.aside[entry] = true
	for _, n := range s.labels[entry] {
		s.strata[n].wanted--
		s.strata[n].left--
	}
}
