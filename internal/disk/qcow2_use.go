package disk

// use is how a cluster of a qcow2 file is used, as the tables say.
type use uint16

const (
	// The cluster is a table, or a cluster of data, and must not be anything else.
	useWhole use = 1 << 15
	// What points to the cluster has the flag "copied", which means that its reference count is exactly 1.
	useCopied use = 1 << 14
	// What points to the cluster has no such flag.
	useUnflagged use = 1 << 13
	// How many compressed clusters of data lie in it, at least partly. It counts no further than it can.
	useCompressed use = 1<<13 - 1
)

// references gives the least reference count that a use needs.
func (u use) references() uint64 {
	if u&useWhole != 0 {
		return 1
	}
	return uint64(u & useCompressed)
}

// claimTable notes a table of a name, which the file must hold, as the only use of its clusters.
func (q *qcow2) claimTable(name string, s span) error {
	if s.at%q.cluster != 0 {
		return q.damaged("%s begins at byte %d, which is no multiple of the cluster size (%d)", name, s.at, q.cluster)
	}
	if !q.holds(s) {
		return q.cutOff("%s begins at byte %d and has %d bytes", name, s.at, s.length)
	}
	if at, ok := q.claim(s, useWhole|useUnflagged); !ok {
		return q.damaged("%s (%d bytes at byte %d) lies where something else is, at byte %d", name, s.length, s.at, at)
	}
	return nil
}

// claim notes the use of whole clusters by one thing, which begins inside the file. Where a cluster is used already it
// gives the cluster's offset and false.
func (q *qcow2) claim(s span, u use) (at uint64, ok bool) {
	for i := s.at >> q.bits; i <= (s.end()-1)>>q.bits && i < uint64(len(q.uses)); i++ {
		if q.uses[i] != 0 {
			return i << q.bits, false
		}
		q.uses[i] = u
	}
	return 0, true
}

// claimCompressed notes a compressed cluster of data, which may share clusters of the file with others.
func (q *qcow2) claimCompressed(s span) (at uint64, ok bool) {
	for i := s.at >> q.bits; i <= (s.end()-1)>>q.bits && i < uint64(len(q.uses)); i++ {
		if q.uses[i]&useWhole != 0 {
			return i << q.bits, false
		}
		if q.uses[i] < useCompressed {
			q.uses[i]++
		}
	}
	return 0, true
}
