package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// rules are checked as `promtool check rules` does.
func rules(file string) (string, error) {
	groups, errs := rulefmt.ParseFile(file, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.Default())
	if len(errs) > 0 {
		return "", list(errs).err()
	}
	var problems list
	count := 0
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			count++
			if r.Annotations["summary"] == "" || r.Annotations["remedy"] == "" || r.Labels["severity"] == "" {
				problems.add("%s: needs a summary, a remedy and a severity", r.Alert)
			}
		}
	}
	return fmt.Sprintf("%d alerts", count), problems.err()
}

// scrape is a part of a configuration file: what it says must at least be YAML that names the rules.
func scrape(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var read struct {
		Scrapes []struct {
			Job      string `yaml:"job_name"`
			Interval string `yaml:"scrape_interval"`
			Static   []struct {
				Targets []string `yaml:"targets"`
			} `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
		Rules []string `yaml:"rule_files"`
	}
	if err := yaml.UnmarshalWithOptions(b, &read, yaml.Strict()); err != nil {
		return "", err
	}
	var problems list
	for _, s := range read.Scrapes {
		if _, err := model.ParseDuration(s.Interval); err != nil || s.Job == "" || len(s.Static) == 0 {
			problems.add("job %q: %v", s.Job, err)
		}
	}
	return fmt.Sprintf("%d jobs, rules %v", len(read.Scrapes), read.Rules), problems.err()
}

// variable is one of Grafana's in a query.
var variable = regexp.MustCompile(`\$(__rate_interval|__interval|__range)\b`)

// dashboard is parsed, and so is every query in it.
func dashboard(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var read struct {
		UID    string
		Title  string
		Panels []struct {
			ID      int
			Title   string
			Type    string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr, RefID string }
		}
	}
	if err := json.Unmarshal(b, &read); err != nil {
		return "", err
	}
	var problems list
	queries, taken, ids := 0, map[[2]int]string{}, map[int]bool{}
	p := parser.NewParser(parser.Options{})
	for _, panel := range read.Panels {
		if ids[panel.ID] {
			problems.add("%s: its id is taken", panel.Title)
		}
		ids[panel.ID] = true
		for x := panel.GridPos.X; x < panel.GridPos.X+panel.GridPos.W; x++ {
			for y := panel.GridPos.Y; y < panel.GridPos.Y+panel.GridPos.H; y++ {
				if other, is := taken[[2]int{x, y}]; is || x >= 24 {
					problems.add("%s lies on %q, or beside the page", panel.Title, other)
				}
				taken[[2]int{x, y}] = panel.Title
			}
		}
		if panel.Type != "row" && len(panel.Targets) == 0 {
			problems.add("%s shows nothing", panel.Title)
		}
		for _, t := range panel.Targets {
			queries++
			expr := variable.ReplaceAllString(t.Expr, "5m")
			expr = strings.NewReplacer("$instance", "x").Replace(expr)
			if _, err := p.ParseExpr(expr); err != nil {
				problems.add("%s: %q: %w", panel.Title, t.Expr, err)
			}
		}
	}
	return fmt.Sprintf("%d panels, %d queries", len(read.Panels), queries), problems.err()
}
