package cluster

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/aws/smithy-go"

	"ownsight/test/server"
)

// call is what a client asked of one object.
type call struct {
	what string // create, delete, describe, start, stop
	arn  string // of the project to delete
}

// outcome is what it was told.
type outcome struct {
	lost    bool   // nothing: it may have been done, or be done yet
	refused string // a code
	state   string // that was described; empty for an object that is not there
	arn     string // of the project that was created or described
}

// history is what happened to one object, a version or a project's name.
type history struct {
	name  string
	model func([]porcupine.Operation) porcupine.Model

	mu    sync.Mutex
	calls []porcupine.Operation
}

const (
	inUse    = "ResourceInUseException"
	notFound = "ResourceNotFoundException"
)

// record adds a call that has ended, well or with an error. What certainly was not done is no part of the history.
func (h *history) record(origin time.Time, in call, began time.Time, out outcome, err error) {
	end := time.Since(origin).Nanoseconds()
	var told smithy.APIError
	var dial *net.OpError
	switch {
	case err == nil:
	case errors.As(err, &told) && (told.ErrorCode() == inUse || told.ErrorCode() == notFound):
		out = outcome{refused: told.ErrorCode()}
	case in.what == "describe", errors.As(err, &dial) && dial.Op == "dial", errors.As(err, &told) && told.ErrorFault() == smithy.FaultClient:
		return
	default:
		out, end = outcome{lost: true}, math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, porcupine.Operation{Input: in, Output: out, Call: began.Sub(origin).Nanoseconds(), Return: end})
}

// length is how many calls there are, and how many of them whose outcome nobody knows.
func (h *history) length() (calls, lost int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, o := range h.calls {
		if o.Output.(outcome).lost {
			lost++
		}
	}
	return len(h.calls), lost
}

// check searches for an order of the calls that explains what everybody was told.
func (h *history) check(c *cluster) {
	model := h.model(h.calls)
	result, info := porcupine.CheckOperationsVerbose(model, h.calls, server.Patience)
	switch result {
	case porcupine.Illegal:
		path := filepath.Join(c.t.ArtifactDir(), strings.ReplaceAll(h.name, "/", "-")+".html")
		if file, err := os.Create(path); err == nil {
			_ = porcupine.Visualize(model, info, file)
			file.Close()
		}
		c.fail("%s: its history is not linearizable, see %s:\n%s", h.name, path, h.longest(info))
	case porcupine.Unknown:
		c.fail("%s: its history of %d calls could not be judged in %s", h.name, len(h.calls), server.Patience)
	}
}

// longest writes the longest part that has an explanation, and the calls that it leaves out.
func (h *history) longest(info porcupine.LinearizationInfo) string {
	var best []int
	for _, partition := range info.PartialLinearizations() {
		for _, part := range partition {
			if len(part) > len(best) {
				best = part
			}
		}
	}
	left := slices.Clone(h.calls)
	slices.SortFunc(left, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var text strings.Builder
	fmt.Fprintf(&text, "%d of %d calls can be explained; all of them:\n", len(best), len(left))
	for _, o := range left {
		fmt.Fprintf(&text, "%9.3f %9.3f %s\n", float64(o.Call)/1e9, min(float64(o.Return)/1e9, 1e6), describe(o.Input, o.Output))
	}
	return text.String()
}

func describe(input, output any) string {
	in, out := input.(call), output.(outcome)
	stamp := func(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
	switch {
	case out.lost:
		return in.what + " " + stamp(in.arn) + ": ?"
	case out.refused != "":
		return in.what + " " + stamp(in.arn) + ": " + out.refused
	case in.what == "describe":
		return "describe: " + out.state + " " + stamp(out.arn)
	}
	return in.what + " " + stamp(in.arn) + ": " + stamp(out.arn) + " done"
}

// modelOf makes a model of states that change by themselves too: silent says to which others.
func modelOf[S comparable](first []S, silent func(S) []S, step func(S, call, outcome) (S, bool)) porcupine.Model {
	reach := func(from S) []S {
		list := []S{from}
		for i := 0; i < len(list); i++ {
			for _, next := range silent(list[i]) {
				if !slices.Contains(list, next) {
					list = append(list, next)
				}
			}
		}
		return list
	}
	m := porcupine.NondeterministicModel{
		Init: func() (list []any) {
			for _, s := range first {
				list = append(list, s)
			}
			return list
		},
		Step: func(state, input, output any) (list []any) {
			in, out := input.(call), output.(outcome)
			for _, s := range reach(state.(S)) {
				if out.lost { // it was not done, or it was
					list = append(list, s)
					out := outcome{arn: unknownARN}
					if next, ok := step(s, in, out); ok {
						list = append(list, next)
					}
				} else if next, ok := step(s, in, out); ok {
					list = append(list, next)
				}
			}
			return list
		},
		Equal:             func(a, b any) bool { return a == b },
		DescribeOperation: describe,
		DescribeState:     func(s any) string { return fmt.Sprint(s) },
	}
	return m.ToModel()
}

// unknownARN is that of a project whose creator was told nothing.
const unknownARN = "?"

// project is the state of a project's name.
type project struct {
	status string // empty: there is none
	arn    string
}

// projectModel is docs/states.md for a project without datasets and versions: CREATED, DELETING, gone.
func projectModel([]porcupine.Operation) porcupine.Model {
	silent := func(p project) []project {
		if p.status == "DELETING" {
			return []project{{}}
		}
		return nil
	}
	return modelOf([]project{{}}, silent, func(p project, in call, out outcome) (project, bool) {
		switch in.what {
		case "create":
			if p.status != "" {
				return p, out.refused == inUse
			}
			return project{"CREATED", out.arn}, out.refused == ""
		case "delete":
			switch mine := p.status != "" && (p.arn == in.arn || p.arn == unknownARN); {
			case !mine || p.arn == unknownARN && out.refused == notFound:
				return p, out.refused == notFound
			case p.status == "DELETING":
				return p, out.refused == inUse
			}
			return project{"DELETING", in.arn}, out.refused == ""
		}
		same := p.status == out.state && (p.arn == out.arn || p.arn == unknownARN)
		return project{out.state, out.arn}, same
	})
}

// versionModel is docs/states.md for a version that was copied: it starts, runs and stops. That a start fails explains much;
// it is believed where somebody has seen it.
func versionModel(calls []porcupine.Operation) porcupine.Model {
	started := []string{"RUNNING"}
	if slices.ContainsFunc(calls, func(o porcupine.Operation) bool { return o.Output.(outcome).state == "FAILED" }) {
		started = append(started, "FAILED")
	}
	silent := func(s string) []string {
		switch s {
		case "STARTING":
			return started
		case "STOPPING":
			return []string{"STOPPED"}
		}
		return nil
	}
	move := func(from []string, to string) func(string, outcome) (string, bool) {
		return func(s string, out outcome) (string, bool) {
			if !slices.Contains(from, s) {
				return s, out.refused == inUse
			}
			return to, out.refused == ""
		}
	}
	start, stop := move([]string{"COPYING_COMPLETED", "STOPPED", "FAILED"}, "STARTING"), move([]string{"RUNNING"}, "STOPPING")
	return modelOf([]string{"COPYING_COMPLETED"}, silent, func(s string, in call, out outcome) (string, bool) {
		switch in.what {
		case "start":
			return start(s, out)
		case "stop":
			return stop(s, out)
		}
		return s, s == out.state
	})
}

// TestModels asks the models about histories that are right and wrong.
func TestModels(t *testing.T) {
	made := outcome{arn: "a/1"}
	for name, c := range map[string]struct {
		model func([]porcupine.Operation) porcupine.Model
		want  bool
		calls []porcupine.Operation
	}{
		"a version starts and stops": {versionModel, true, sequence(call{what: "start"}, outcome{}, call{what: "describe"}, outcome{state: "RUNNING"},
			call{what: "start"}, outcome{refused: inUse}, call{what: "stop"}, outcome{}, call{what: "start"}, outcome{})},
		"a start that is forgotten": {versionModel, false, sequence(call{what: "start"}, outcome{}, call{what: "describe"}, outcome{state: "STOPPED"})},
		"two starts":                {versionModel, false, sequence(call{what: "start"}, outcome{}, call{what: "start"}, outcome{})},
		"a lost start":              {versionModel, true, sequence(call{what: "start"}, outcome{lost: true}, call{what: "describe"}, outcome{state: "COPYING_COMPLETED"}, call{what: "stop"}, outcome{})},
		"a project goes": {projectModel, true, sequence(call{what: "create"}, made, call{what: "delete", arn: "a/1"}, outcome{},
			call{what: "create"}, outcome{refused: inUse}, call{what: "describe"}, outcome{})},
		"a project that comes back": {projectModel, false, sequence(call{what: "create"}, made, call{what: "delete", arn: "a/1"}, outcome{},
			call{what: "describe"}, outcome{}, call{what: "describe"}, outcome{state: "CREATED", arn: "a/1"})},
		"a lost creation": {projectModel, true, sequence(call{what: "create"}, outcome{lost: true}, call{what: "describe"}, outcome{},
			call{what: "describe"}, outcome{state: "CREATED", arn: "a/2"}, call{what: "delete", arn: "a/1"}, outcome{refused: notFound}, call{what: "delete", arn: "a/2"}, outcome{})},
		"a creation that is lost": {projectModel, false, sequence(call{what: "create"}, made, call{what: "create"}, made)},
	} {
		if got := porcupine.CheckOperations(c.model(c.calls), c.calls); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// sequence is a history of calls one after the other; those that are lost have no end.
func sequence(pairs ...any) (list []porcupine.Operation) {
	for i := 0; i < len(pairs); i += 2 {
		o := porcupine.Operation{Input: pairs[i], Output: pairs[i+1], Call: int64(i), Return: int64(i + 1)}
		if pairs[i+1].(outcome).lost {
			o.Return = math.MaxInt64
		}
		list = append(list, o)
	}
	return list
}
