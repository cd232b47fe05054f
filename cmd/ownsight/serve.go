package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ownsight/internal/app"
	"ownsight/internal/config"
)

// grace is how long requests in flight and jobs at work get when the server is told to stop.
const grace = 20 * time.Second

func serveCommand() *cobra.Command {
	var file string
	var data, listen, database, level, traces string
	var roles []string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server. Everything is embedded: state in SQLite, an S3 server, the job queue and the
inference runtime; all data lies under one folder.

The first start makes account 111122223333 with one administrator key, and writes it to
DIR/credentials and DIR/config in the format of the AWS tools:

  export AWS_SHARED_CREDENTIALS_FILE=DIR/credentials AWS_CONFIG_FILE=DIR/config
  export AWS_ENDPOINT_URL=http://127.0.0.1:8600
  aws rekognition describe-projects

Settings come from the defaults, then --config FILE (YAML), then OWNSIGHT_* variables, then flags.
One line on standard output says when the server is ready; logs go to standard error.
SIGTERM and Ctrl-C stop it gracefully; even kill -9 loses nothing that was acknowledged.`,
		Example: `  ownsight serve
  ownsight serve --data /srv/ownsight --listen 0.0.0.0:8600
  OWNSIGHT_LOG=debug ownsight serve --config /etc/ownsight.yaml
  ownsight serve --config /etc/ownsight.yaml --role api,serve     # and another node with --role train`,
		Args: takes(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(file, os.Environ())
			if err != nil {
				return usageError{err}
			}
			for name, set := range map[string]struct{ to, from *string }{
				"data": {&c.Data, &data}, "listen": {&c.Listen, &listen}, "database": {&c.Database, &database}, "log": {&c.Log, &level},
				"trace": {&c.Trace, &traces},
			} {
				if cmd.Flags().Changed(name) {
					*set.to = *set.from
				}
			}
			if cmd.Flags().Changed("role") {
				c.Roles = roles
			}
			if err := c.Check(); err != nil {
				return usageError{err}
			}
			return serve(cmd.Context(), cmd.OutOrStdout(), c)
		},
	}
	defaults := config.Default()
	cmd.Flags().StringVar(&data, "data", defaults.Data, "folder for everything: state, objects, credentials")
	cmd.Flags().StringVar(&listen, "listen", defaults.Listen, "HOST:PORT to listen at; port 0 takes a free one")
	cmd.Flags().StringVar(&file, "config", "", "YAML file with settings (see docs/configuration.md)")
	cmd.Flags().StringVar(&database, "database", "", "postgres:// URL; SQLite in the data folder when empty")
	cmd.Flags().StringVar(&level, "log", defaults.Log, "least level of logs: debug, info, warn, error")
	cmd.Flags().StringVar(&traces, "trace", "", "http(s)://HOST:PORT of an OpenTelemetry collector to tell what requests spend their time on")
	cmd.Flags().StringSliceVar(&roles, "role", defaults.Roles, "what this node does of the work; for several nodes on one database")
	return cmd
}

func serve(ctx context.Context, stdout io.Writer, c config.Config) error {
	level, err := c.LogLevel()
	if err != nil {
		return usageError{err}
	}
	var lines slog.Handler = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})
	if c.LogFormat == "json" {
		lines = slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level})
	}
	log := slog.New(lines)
	slog.SetDefault(log)
	server := app.New(c, program(), log)
	if err := server.Start(ctx); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s ready at %s, data in %s\n", program(), server.URL(), c.Data)
	select {
	case <-ctx.Done():
		log.Info("stopping")
	case err = <-server.Failed():
	}
	stopping, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if stopErr := server.Stop(stopping); err == nil {
		err = stopErr
	}
	log.Info("stopped")
	return err
}
