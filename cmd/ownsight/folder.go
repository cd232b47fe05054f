package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/app"
	"ownsight/internal/audit"
	"ownsight/internal/config"
)

// folderFlags say which server's accounts a command works on: it opens the server's state itself, whether a server runs
// or not.
type folderFlags struct{ data, file string }

func (f *folderFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.data, "data", config.Default().Data, "the server's data folder")
	cmd.Flags().StringVar(&f.file, "config", "", "the server's YAML file, where it has one")
}

// config reads the configuration that the server would have.
func (f *folderFlags) config(cmd *cobra.Command) (config.Config, error) {
	c, err := config.Load(f.file, os.Environ())
	if err != nil {
		return c, usageError{err}
	}
	if cmd.Flags().Changed("data") {
		c.Data = f.data
	}
	if err := c.Check(); err != nil {
		return c, usageError{err}
	}
	return c, nil
}

// open calls fn with the accounts of a data folder that is there already.
func (f *folderFlags) open(cmd *cobra.Command, fn func(*access.Service, config.Config) error) error {
	c, err := f.config(cmd)
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Data); err != nil {
		if os.IsNotExist(err) {
			err = fmt.Errorf("%w: %s. Name the server's data folder with --data", fs.ErrNotExist, c.Data)
		}
		return err
	}
	return openAccounts(cmd, c, fn)
}

// action is what a command does with the accounts of a data folder, and what it tells: an answer for programs, and words
// for people.
type action func(cmd *cobra.Command, s *access.Service, c config.Config, args []string) (answer any, words func(io.Writer), err error)

// folderAction are the flags of a command that acts on a data folder and tells what it did.
type folderAction struct {
	folderFlags
	output *format
	act    string                                 // what it changes, as the audit calls it; empty for a command that only looks
	about  func(args []string) ownsight.Principal // whose rights or keys change
}

// command makes a command of an action.
func (f *folderAction) command(cmd *cobra.Command, do action) *cobra.Command {
	f.register(cmd)
	f.output = outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return f.open(cmd, func(s *access.Service, c config.Config) error {
			answer, words, err := do(cmd, s, c, args)
			if err != nil {
				return err
			}
			if f.act != "" {
				if err := record(c, f.act, f.about(args)); err != nil {
					return err
				}
			}
			if *f.output == asJSON {
				return writeJSON(cmd.OutOrStdout(), answer)
			}
			words(cmd.OutOrStdout())
			return nil
		})
	}
	return cmd
}

// record leaves a record of a change for the audit.
func record(c config.Config, act string, about ownsight.Principal) error {
	trail, err := app.OpenAudit(c, slog.Default())
	if err == nil {
		err = errors.Join(trail.Record(audit.Act{Name: act, About: about, Agent: program()}), trail.Close())
	}
	if err != nil {
		return fmt.Errorf("it is done, but left no record for the audit: %w", err)
	}
	return nil
}

// openAccounts calls fn with the accounts of a data folder.
func openAccounts(cmd *cobra.Command, c config.Config, fn func(*access.Service, config.Config) error) error {
	state, err := app.OpenStore(cmd.Context(), c)
	if err != nil {
		return err
	}
	defer state.Close()
	return fn(access.New(state, time.Now), c)
}
