package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// Versions reads and writes model versions.
type Versions struct{ q *db.Queries }

// Create adds a version to its project and sets its ID; InUse when its name is taken in the project.
func (v Versions) Create(ctx context.Context, version *ownsight.Version) error {
	inputs, err := json.Marshal(version.Inputs)
	if err != nil {
		return fmt.Errorf("training inputs: %w", err)
	}
	result, err := resultJSON(version.Result)
	if err != nil {
		return err
	}
	id, err := v.q.CreateVersion(ctx, db.CreateVersionParams{
		ProjectID: version.ProjectID, Name: version.ARN.Name, Created: version.ARN.Created,
		Status: string(version.Status), Message: version.Message,
		OutputBucket: version.Output.Bucket, OutputKey: version.Output.Key,
		Description: version.Description, KmsKey: version.KMSKey,
		MinUnits: version.MinUnits, MaxUnits: version.MaxUnits,
		Ended: millis(version.Ended), Billable: version.Billable.Milliseconds(),
		Inputs: string(inputs), Result: result,
		Requester: version.Requester.User, Source: sourceText(version.Source),
	})
	if err != nil {
		return taken(err, ownsight.InUse, "project %q has a version named %q already", version.ARN.Project, version.ARN.Name)
	}
	version.ID = id
	return nil
}

// ByARN finds a version by its project's name, its own name and its creation time; NotFound when there is none.
func (v Versions) ByARN(ctx context.Context, arn ownsight.VersionARN) (*ownsight.Version, error) {
	row, err := v.q.FindVersion(ctx, db.FindVersionParams{
		Account: arn.Account, Region: arn.Region, Project: arn.Project, Name: arn.Name, Created: arn.Created,
	})
	if err != nil {
		return nil, found(err, "there is no model version %s", arn)
	}
	return version(row.Version, row.Project)
}

// ByID finds a version by its row number; NotFound when there is none.
func (v Versions) ByID(ctx context.Context, id int64) (*ownsight.Version, error) {
	row, err := v.q.GetVersion(ctx, id)
	if err != nil {
		return nil, found(err, "there is no model version with number %d", id)
	}
	return version(row.Version, row.Project)
}

// List gives the versions of a project after a cursor, the newest first, and where the next page starts. Names select
// at most 10 of them; without names all are listed.
func (v Versions) List(ctx context.Context, projectID int64, names []string, after Cursor, limit int) ([]ownsight.Version, Cursor, error) {
	n, err := padded(names, maxNames)
	if err != nil {
		return nil, Cursor{}, err
	}
	from := after.below()
	rows, err := v.q.ListVersions(ctx, db.ListVersionsParams{
		ProjectID: projectID, Created: from.Created, ID: from.ID, AnyName: len(names) == 0,
		Name1: n[0], Name2: n[1], Name3: n[2], Name4: n[3], Name5: n[4],
		Name6: n[5], Name7: n[6], Name8: n[7], Name9: n[8], Name10: n[9],
		Count: int32(limit) + 1,
	})
	if err != nil {
		return nil, Cursor{}, err
	}
	list := make([]ownsight.Version, len(rows))
	for i, row := range rows {
		one, err := version(row.Version, row.Project)
		if err != nil {
			return nil, Cursor{}, err
		}
		list[i] = *one
	}
	list, next := page(list, limit, func(v ownsight.Version) Cursor { return Cursor{v.ARN.Created, v.ID} })
	return list, next, nil
}

// CountByStatus tells how many versions of an account in a region are in one of the states, of which at most 10 are
// given.
func (v Versions) CountByStatus(ctx context.Context, account, region string, statuses ...ownsight.VersionStatus) (int64, error) {
	s, err := padded(statuses, maxNames)
	if err != nil {
		return 0, err
	}
	return v.q.CountVersionsByStatus(ctx, db.CountVersionsByStatusParams{
		Account: account, Region: region,
		Status1: s[0], Status2: s[1], Status3: s[2], Status4: s[3], Status5: s[4],
		Status6: s[5], Status7: s[6], Status8: s[7], Status9: s[8], Status10: s[9],
	})
}

// CountCopiesOf tells how many versions are being copied from one.
func (v Versions) CountCopiesOf(ctx context.Context, source ownsight.VersionARN) (int64, error) {
	return v.q.CountCopiesOf(ctx, db.CountCopiesOfParams{Source: source.String(), Status: string(ownsight.VersionCopying)})
}

// CountOfProject tells how many versions a project has, whatever their state.
func (v Versions) CountOfProject(ctx context.Context, projectID int64) (int64, error) {
	return v.q.CountVersionsOfProject(ctx, projectID)
}

// Move changes the status of a version if it is the one expected, and reports whether it was.
func (v Versions) Move(ctx context.Context, id int64, from, to ownsight.VersionStatus, message string) (bool, error) {
	n, err := v.q.MoveVersion(ctx, db.MoveVersionParams{Next: string(to), Message: message, ID: id, Status: string(from)})
	return n == 1, err
}

// SetMessage says how far a version is, without a change of its status.
func (v Versions) SetMessage(ctx context.Context, id int64, message string) error {
	return v.q.SetVersionMessage(ctx, db.SetVersionMessageParams{Message: message, ID: id})
}

// SetUnits records the inference units that a version was started with.
func (v Versions) SetUnits(ctx context.Context, id, minUnits, maxUnits int64) error {
	return v.q.SetVersionUnits(ctx, db.SetVersionUnitsParams{MinUnits: minUnits, MaxUnits: maxUnits, ID: id})
}

// SetResult records what a training left, when it ended and how long it took.
func (v Versions) SetResult(ctx context.Context, id int64, r *ownsight.TrainingResult, ended time.Time, billable time.Duration) error {
	result, err := resultJSON(r)
	if err != nil {
		return err
	}
	return v.q.SetVersionResult(ctx, db.SetVersionResultParams{
		Result: result, Ended: millis(ended), Billable: billable.Milliseconds(), ID: id,
	})
}

// Running gives the versions of all accounts that are starting, running or stopping, for a server that comes up.
func (v Versions) Running(ctx context.Context) ([]ownsight.Version, error) {
	rows, err := v.q.RunningVersions(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]ownsight.Version, len(rows))
	for i, row := range rows {
		one, err := version(row.Version, row.Project)
		if err != nil {
			return nil, err
		}
		list[i] = *one
	}
	return list, nil
}

// Delete removes a version.
func (v Versions) Delete(ctx context.Context, id int64) error {
	_, err := v.q.DeleteVersion(ctx, id)
	return err
}

// sourceText is empty for a version that is no copy.
func sourceText(source ownsight.VersionARN) string {
	if source == (ownsight.VersionARN{}) {
		return ""
	}
	return source.String()
}

func resultJSON(r *ownsight.TrainingResult) (string, error) {
	if r == nil {
		return "", nil
	}
	b, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("training result: %w", err)
	}
	return string(b), nil
}

func version(row db.Version, of db.Project) (*ownsight.Version, error) {
	v := &ownsight.Version{
		ID: row.ID, ProjectID: row.ProjectID, ProjectARN: projectARN(of),
		ARN: ownsight.VersionARN{
			Region: of.Region, Account: of.Account, Project: of.Name, Name: row.Name, Created: row.Created,
		},
		Created: fromMillis(row.Created), Status: ownsight.VersionStatus(row.Status), Message: row.Message,
		Output:      ownsight.Location{Bucket: row.OutputBucket, Key: row.OutputKey},
		Requester:   ownsight.Principal{Account: of.Account, User: row.Requester},
		Description: row.Description, KMSKey: row.KmsKey, MinUnits: row.MinUnits, MaxUnits: row.MaxUnits,
		Ended: fromMillis(row.Ended), Billable: time.Duration(row.Billable) * time.Millisecond,
	}
	if row.Source != "" {
		var err error
		if v.Source, err = ownsight.ParseVersionARN(row.Source); err != nil {
			return nil, fmt.Errorf("source of version %d: %w", row.ID, err)
		}
	}
	if err := json.Unmarshal([]byte(row.Inputs), &v.Inputs); err != nil {
		return nil, fmt.Errorf("training inputs of version %d: %w", row.ID, err)
	}
	if row.Result == "" {
		return v, nil
	}
	v.Result = new(ownsight.TrainingResult)
	if err := json.Unmarshal([]byte(row.Result), v.Result); err != nil {
		return nil, fmt.Errorf("training result of version %d: %w", row.ID, err)
	}
	return v, nil
}
