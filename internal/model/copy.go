package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/kms"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// copyJob is a kind of job; the name lies in databases.
const copyJob = "version-copy"

const (
	messageCopying = "The model is being copied."
	messageCopied  = "The model was copied and is ready to run."
)

// Copy is what CopyProjectVersion asks for: NewVersion, whose project is the destination, as a copy of a version of
// another project, which may belong to another account and lie in another region.
type Copy struct {
	NewVersion
	SourceProject ownsight.ProjectARN
	Source        ownsight.VersionARN
}

// CopyVersion adds a version in COPYING_IN_PROGRESS with the job that copies its files. Whether the source may be copied
// has been decided. Errors: NotFound (either project, the source), InUse (name, a source that is not trained),
// InvalidParameter (a source that is not of its project), QuotaExceeded, LimitExceeded.
func (s *Service) CopyVersion(ctx context.Context, c Copy) (ownsight.VersionARN, error) {
	v := s.newVersion(c.NewVersion, ownsight.VersionCopying, messageCopying)
	v.Source = c.Source
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		source, err := copySource(ctx, tx, c)
		if err != nil {
			return err
		}
		// Where the source's manifests lie is its account's business.
		v.Inputs = ownsight.TrainingInputs{Datasets: source.Inputs.Datasets, AutoCreate: source.Inputs.AutoCreate}
		if err := s.add(ctx, tx, v, c.Tags, copyJob); err != nil {
			return err
		}
		return s.bounded(ctx, tx, v, s.limits.Copies, "copies")
	})
	return v.ARN, err
}

// copySource finds the version to copy and says what keeps it from being copied.
func copySource(ctx context.Context, tx *store.Tx, c Copy) (*ownsight.Version, error) {
	if !c.Source.Of(c.SourceProject) { // first: whether another account has such a project is not for all to know
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "SourceProjectVersionArn %s is not a version of SourceProjectArn %s.", c.Source, c.SourceProject)
	}
	if _, err := project(ctx, tx, c.SourceProject); err != nil {
		return nil, err
	}
	source, err := tx.Versions().ByARN(ctx, c.Source)
	if err != nil {
		return nil, err
	}
	if source.Result == nil || source.Result.F1 == nil || source.Status == ownsight.VersionDeleting {
		return nil, ownsight.Errorf(ownsight.InUse, "The model %s is %s; only a model that is trained can be copied.", c.Source, source.Status)
	}
	return source, nil
}

// runCopy copies the files of a version one by one; what has been copied and checked is not copied again.
func (s *Service) runCopy(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	var source, target *ownsight.Version
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		if target, err = tx.Versions().ByID(ctx, id); err != nil {
			return err
		}
		source, err = tx.Versions().ByARN(ctx, target.Source)
		return err
	})
	if err != nil {
		return err
	}
	var done []ownsight.File
	if b := run.State(); len(b) > 0 {
		if err := json.Unmarshal(b, &done); err != nil {
			return jobs.Permanent(fmt.Errorf("state of copy %d: %w", id, err))
		}
	}
	files := source.Result.Files
	for _, f := range files[len(done):] {
		if err := s.tellCopy(ctx, run, id, len(done), files); err != nil {
			return err
		}
		if err := s.copyFile(ctx, source, target, f); err != nil {
			return s.endCopy(ctx, run, target, fmt.Errorf("copy %s of %s: %w", f.Output, source.ARN, err))
		}
		done = append(done, f)
		b, err := json.Marshal(done)
		if err != nil {
			return err
		}
		if err := run.Checkpoint(ctx, string(f.Output), b); err != nil {
			return err
		}
		s.log.Debug("file copied", "version", target.ARN.String(), "file", string(f.Output), "bytes", f.Size)
	}
	s.log.Info("model copied", "version", target.ARN.String(), "source", source.ARN.String())
	result := &ownsight.TrainingResult{F1: source.Result.F1, BaseModel: source.Result.BaseModel, Files: done}
	return run.Finish(ctx, func(tx *store.Tx) error {
		if err := tx.Versions().SetResult(ctx, id, result, target.Ended, 0); err != nil {
			return err
		}
		_, err := tx.Versions().Move(ctx, id, ownsight.VersionCopying, ownsight.VersionCopied, messageCopied)
		return err
	})
}

// endCopy ends a copy for a reason that its user is told, for another attempt would end the same. Damage is the operator's
// to know besides.
func (s *Service) endCopy(ctx context.Context, run *jobs.Run, target *ownsight.Version, cause error) error {
	var told *ownsight.Error
	switch {
	case !errors.As(cause, &told):
		return cause
	case told.Code == ownsight.NotReady:
		return jobs.Permanent(cause)
	}
	s.log.Info("copy refused", "version", target.ARN.String(), "reason", cause)
	return run.Finish(ctx, func(tx *store.Tx) error {
		_, err := tx.Versions().Move(ctx, target.ID, ownsight.VersionCopying, ownsight.VersionCopyFailed, told.Message)
		return err
	})
}

// tellCopy says how far a copy is.
func (s *Service) tellCopy(ctx context.Context, run *jobs.Run, id int64, done int, files []ownsight.File) error {
	var copied, all int64
	for i, f := range files {
		if all += f.Size; i < done {
			copied += f.Size
		}
	}
	message := fmt.Sprintf("%s %d of %d files, %.1f of %.1f MB.", messageCopying, done, len(files), float64(copied)/1e6, float64(all)/1e6)
	return run.Update(ctx, func(tx *store.Tx) error { return tx.Versions().SetMessage(ctx, id, message) })
}

// copyFile copies one file from archive to archive and from there to the output location. Its digest is taken on the way
// and once more from what lies at the destination; both must be that of the training.
func (s *Service) copyFile(ctx context.Context, source, target *ownsight.Version, f ownsight.File) error {
	to := s.archive.Of(target)
	if err := copyInArchive(ctx, s.archive.Of(source), to, f); err != nil {
		return err
	}
	copied, err := to.Open(ctx, string(f.Output))
	if err != nil {
		return err
	}
	defer copied.Close()
	checked := newDigest(copied)
	if err := s.PutOutput(ctx, target, f.Output, checked); err != nil {
		return err
	}
	if !checked.is(f) {
		return errors.New("the copy differs from its source")
	}
	return nil
}

// copyInArchive copies a file from version to version, and from the key of one to that of the other. A file that is not
// what the training left is a NotReady error.
func copyInArchive(ctx context.Context, from, to Files, f ownsight.File) error {
	content, err := from.Open(ctx, string(f.Output))
	if errors.Is(err, objects.ErrNotFound) || errors.Is(err, kms.ErrDamaged) {
		return damaged(f, err)
	}
	if err != nil {
		return err
	}
	defer content.Close()
	checked := newDigest(content)
	switch err := to.Write(ctx, string(f.Output), checked); {
	case errors.Is(err, kms.ErrDamaged):
		return damaged(f, err)
	case err != nil:
		return err
	case !checked.is(f):
		return damaged(f, errors.New("its SHA-256 is another"))
	}
	return nil
}

// failCopy writes the end of a copy that was given up.
func (s *Service) failCopy(ctx context.Context, tx *store.Tx, resource string, cause error) error {
	id, err := jobs.ParseResource(resource)
	if err != nil {
		return err
	}
	s.log.Error("copy given up", "version_id", id, "cause", cause)
	_, err = tx.Versions().Move(ctx, id, ownsight.VersionCopying, ownsight.VersionCopyFailed, GivenUp(id, cause))
	return err
}

// GivenUp is the status message of a version whose work was given up: the mistake that its user can mend, or where the
// cause of an internal fault stands.
func GivenUp(id int64, cause error) string {
	var told *ownsight.Error
	if errors.As(cause, &told) {
		return told.Message
	}
	return fmt.Sprintf("The service had a problem and gave up after several attempts; the server's log names the cause under version_id %d.", id)
}
