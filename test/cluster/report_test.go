package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// noticed is how long the balancer takes at most to see that a node is lost, or back.
const noticed = 2 * time.Second

// tolerated is how long a database is away at most for which nodes wait, of the 15 seconds after which they give up. What a fault
// of ours takes on a busy machine may be longer.
const tolerated = 12 * time.Second

// blame says which fault a failed request is due to, and whether it may fail: it was on its way to a node that was lost, or
// sent there before anybody could know.
func (f *faults) blame(a attempt) (name string, excused bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name = "no fault"
	everybody := ""
	for _, one := range f.past {
		end := one.end
		if end.IsZero() {
			end = time.Now()
		}
		if a.end.Before(one.begin) || a.begin.After(end.Add(noticed)) {
			continue
		}
		switch {
		case one.node == a.node && one.name == "stop":
			name = "stop, this node" // which ends what it has begun, and is asked nothing more
		case one.node == a.node && a.begin.Before(one.begin.Add(noticed)):
			return one.name + ", this node", true
		case one.node == a.node:
			name = one.name + ", this node, later"
		case one.node == "" && one.undone.Sub(one.begin) > tolerated:
			return one.name + ", for longer than a node waits", true
		case one.node == "":
			everybody = one.name
		case name == "no fault":
			name = one.name + ", another node"
		}
	}
	if everybody != "" {
		name = everybody
	}
	return name, false
}

// report says what failed, by fault and cause, and gives what may not: requests to nodes that nothing was wrong with, that
// were stopped in an orderly way, or that had but to wait for a database.
func (f *faults) report() (unexcused []string) {
	b := f.load.balancer
	b.mu.Lock()
	defer b.mu.Unlock()
	count := map[string]int{}
	for _, a := range b.failures {
		name, excused := f.blame(a)
		count[fmt.Sprintf("%-45s %-28s %s", name, a.cause, kindOf(a.operation))]++
		if excused {
			continue
		}
		text := fmt.Sprintf("%.3f s to %.3f s, %s %s: %s (%s) %v", a.begin.Sub(f.load.origin).Seconds(), a.end.Sub(f.load.origin).Seconds(), a.node, a.operation, a.cause, name, a.told)
		late := a.cause == "no answer in time" // a database may be away for longer than a client waits
		if strings.HasSuffix(name, "another node") || name == "no fault" || name == "stop, this node" || strings.HasSuffix(name, "of the database") && !late {
			unexcused = append(unexcused, text)
		} else {
			f.t.Logf("failed: %s", text)
		}
	}
	f.t.Logf("%d requests, of which failed %d:\n%s", b.asked, len(b.failures), table(count))
	return unexcused
}

// kindOf tells DetectCustomLabels from all other operations.
func kindOf(operation string) string {
	if operation == "DetectCustomLabels" {
		return operation
	}
	return "others"
}

func table[V any](of map[string]V) string {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(of)) {
		fmt.Fprintf(&text, "    %6v  %s\n", of[key], key)
	}
	return text.String()
}

// reportWaits says how long models did not answer through the other nodes, and gives the longest wait.
func (l *load) reportWaits(f *faults) (longest time.Duration) {
	byFault := map[string][]time.Duration{}
	for _, w := range l.waits {
		byFault[w.fault] = append(byFault[w.fault], w.took)
		longest = max(longest, w.took)
	}
	text := map[string]string{}
	for name, list := range byFault {
		slices.Sort(list)
		text[name] = fmt.Sprintf("%d measured, median %.2f s, longest %.2f s", len(list), list[len(list)/2].Seconds(), list[len(list)-1].Seconds())
	}
	f.t.Logf("from the loss of a node to a right answer of each running model through the others:\n%s", table(text))
	return longest
}
