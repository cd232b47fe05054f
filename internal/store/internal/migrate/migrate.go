// Package migrate brings a database up to the schema that the program knows: its own tables and the job queue's.
package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
)

// Up applies the migrations in files that are missing, then the queue's. A database that a newer program has migrated
// is left alone and refused.
func Up(ctx context.Context, db *sql.DB, dialect goose.Dialect, files fs.FS, queue riverdriver.Driver[*sql.Tx]) error {
	provider, err := goose.NewProvider(dialect, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	has, knows, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the database's schema version: %w", err)
	}
	if has > knows {
		return fmt.Errorf("the database has schema version %d and this program knows versions up to %d: "+
			"run the newer program that wrote it, or restore a backup from before", has, knows)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	migrator, err := rivermigrate.New(queue, nil)
	if err != nil {
		return fmt.Errorf("read the queue's migrations: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	return nil
}
