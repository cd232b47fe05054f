package classify

// Progress says where a training is. Done and Total are of work, in seconds of one core of some machine: how long it
// takes here is for the caller to see from how Done grows. Total can only fall, once a candidate turns out not to be
// needed; both are 0 while there is no telling.
type Progress struct {
	What        string
	Done, Total float64
}

// meter adds up the work.
type meter struct {
	tell  func(Progress)
	done  float64
	total float64
}

// say tells what is going on where the work is not counted.
func (m *meter) say(what string) {
	if m.tell != nil {
		m.tell(Progress{what, m.done, m.total})
	}
}

// expect sets how much there is still to do.
func (m *meter) expect(rest float64) { m.total = m.done + rest }

// begin takes up a piece of work, and gives what is to be called as it advances. Nothing is said before that: some of the
// piece may have been done by an earlier attempt.
func (m *meter) begin(what string, work float64) (advance func(step, steps int)) {
	before := m.done
	return func(step, steps int) {
		m.done = before + work*float64(step)/float64(steps)
		m.say(what)
	}
}
