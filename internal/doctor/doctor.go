// Package doctor looks at the machine that a server is to run on and says what is wrong with it, in words that a person
// can act on. It changes nothing but a file that it makes and removes in the data folder.
package doctor

import (
	"context"

	"ownsight/internal/config"
)

// Level says how bad a finding is.
type Level string

// The levels: as it should be; works, but not well; does not work.
const (
	OK   Level = "ok"
	Warn Level = "warn"
	Bad  Level = "bad"
)

// Finding is what one check found.
type Finding struct {
	Check  string `json:"check"`
	Level  Level  `json:"level"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"` // absent when all is well
}

func ok(found string) Finding           { return Finding{Level: OK, Found: found} }
func warn(found, remedy string) Finding { return Finding{Level: Warn, Found: found, Remedy: remedy} }
func bad(found, remedy string) Finding  { return Finding{Level: Bad, Found: found, Remedy: remedy} }

// checks in the order in which people look for causes.
var checks = []struct {
	name string
	look func(context.Context, config.Config) Finding
}{
	{"processor", processor},
	{"cores", cores},
	{"memory", memory},
	{"engine", engine},
	{"data folder", folder},
	{"disk space", space},
	{"attributes", attributes},
	{"credentials", credentials},
	{"port", port},
	{"clock", clock},
}

// Examine makes every check for a checked configuration.
func Examine(ctx context.Context, c config.Config) []Finding {
	findings := make([]Finding, 0, len(checks))
	for _, check := range checks {
		f := check.look(ctx, c)
		f.Check = check.name
		findings = append(findings, f)
	}
	return findings
}

// Healthy reports whether nothing is bad.
func Healthy(findings []Finding) bool {
	for _, f := range findings {
		if f.Level == Bad {
			return false
		}
	}
	return true
}
