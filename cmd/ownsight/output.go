package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

// format is the value of --output.
type format string

const (
	asText format = "text"
	asJSON format = "json"
)

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return "text|json" }
func (f *format) Set(s string) error {
	if *f = format(s); *f != asText && *f != asJSON {
		return fmt.Errorf("%q is neither text nor json", s)
	}
	return nil
}

// outputFlag adds --output.
func outputFlag(cmd *cobra.Command) *format {
	f := asText
	cmd.Flags().Var(&f, "output", "text for people, json for programs")
	return &f
}

// writeLine writes a value as JSON on a line of its own.
func writeLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printable keeps names that others chose from steering the terminal.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}

// writeJSON writes a value as one indented JSON text.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// targetFlags add the flags that say which server to talk to and as whom.
func targetFlags(cmd *cobra.Command) *client.Target {
	t := new(client.Target)
	cmd.Flags().StringVar(&t.Endpoint, "endpoint", "", "URL of the server (default AWS_ENDPOINT_URL, else "+client.DefaultEndpoint+")")
	cmd.Flags().StringVar(&t.Data, "data", os.Getenv("OWNSIGHT_DATA"), "the server's data folder, whose keys are used (default the keys of the AWS variables, else "+client.DefaultData+")")
	cmd.Flags().StringVar(&t.Profile, "profile", "", "profile of these keys (default AWS_PROFILE, else default)")
	cmd.Flags().Var((*region)(&t.Region), "region", "region to work in, such as eu-west-1 (default that of the profile)")
	return t
}
