package store

import (
	"context"
	"time"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// Datasets reads and writes datasets, without their entries.
type Datasets struct{ q *db.Queries }

// DatasetChange is what a dataset tells about its last change, besides its status.
type DatasetChange struct {
	Message string
	Outcome ownsight.Outcome
	Updated time.Time
}

// Create adds a dataset to its project and sets its ID; AlreadyExists when the project has one of this type.
func (d Datasets) Create(ctx context.Context, dataset *ownsight.Dataset) error {
	id, err := d.q.CreateDataset(ctx, db.CreateDatasetParams{
		ProjectID: dataset.ProjectID, Type: string(dataset.ARN.Type), Created: dataset.ARN.Created,
		Updated: millis(dataset.Updated), Status: string(dataset.Status), Message: dataset.Message,
		Outcome: string(dataset.Outcome),
	})
	if err != nil {
		return taken(err, ownsight.AlreadyExists, "project %q has a %s dataset already", dataset.ARN.Project, dataset.ARN.Type)
	}
	dataset.ID = id
	return nil
}

// ByARN finds a dataset; NotFound when there is none.
func (d Datasets) ByARN(ctx context.Context, arn ownsight.DatasetARN) (*ownsight.Dataset, error) {
	row, err := d.q.FindDataset(ctx, db.FindDatasetParams{
		Account: arn.Account, Region: arn.Region, Project: arn.Project, Type: string(arn.Type), Created: arn.Created,
	})
	if err != nil {
		return nil, found(err, "there is no dataset %s", arn)
	}
	return dataset(row.Dataset, row.Project), nil
}

// ByID finds a dataset by its row number; NotFound when there is none.
func (d Datasets) ByID(ctx context.Context, id int64) (*ownsight.Dataset, error) {
	row, err := d.q.GetDataset(ctx, id)
	if err != nil {
		return nil, found(err, "there is no dataset with number %d", id)
	}
	return dataset(row.Dataset, row.Project), nil
}

// OfProjects gives the datasets of projects of one account and region, by the project's row number, in one query.
func (d Datasets) OfProjects(ctx context.Context, projects []ownsight.Project) (map[int64][]ownsight.Dataset, error) {
	of := map[int64][]ownsight.Dataset{}
	if len(projects) == 0 {
		return of, nil
	}
	first, last := projects[0].ID, projects[0].ID
	for _, p := range projects {
		first, last = min(first, p.ID), max(last, p.ID)
	}
	rows, err := d.q.DatasetsOfAccount(ctx, db.DatasetsOfAccountParams{
		Account: projects[0].ARN.Account, Region: projects[0].ARN.Region, First: first, Last: last,
	})
	for _, row := range rows {
		of[row.Project.ID] = append(of[row.Project.ID], *dataset(row.Dataset, row.Project))
	}
	return of, err
}

// OfProject gives the datasets of a project, the training dataset first.
func (d Datasets) OfProject(ctx context.Context, projectID int64) ([]ownsight.Dataset, error) {
	rows, err := d.q.DatasetsOfProject(ctx, projectID)
	list := make([]ownsight.Dataset, len(rows))
	for i, row := range rows {
		list[i] = *dataset(row.Dataset, row.Project)
	}
	return list, err
}

// Move changes the status of a dataset if it is the one expected, and reports whether it was.
func (d Datasets) Move(ctx context.Context, id int64, from, to ownsight.DatasetStatus, c DatasetChange) (bool, error) {
	n, err := d.q.MoveDataset(ctx, db.MoveDatasetParams{
		Next: string(to), Message: c.Message, Outcome: string(c.Outcome), Updated: millis(c.Updated),
		ID: id, Status: string(from),
	})
	return n == 1, err
}

// SetStats records the counts of a dataset.
func (d Datasets) SetStats(ctx context.Context, id int64, s ownsight.DatasetStats) error {
	return d.q.SetDatasetStats(ctx, db.SetDatasetStatsParams{
		Labeled: s.Labeled, Total: s.Total, Labels: s.Labels, Errors: s.Errors, ID: id,
	})
}

// Delete removes a dataset whose entries are gone already.
func (d Datasets) Delete(ctx context.Context, id int64) error {
	if err := d.q.DeleteDatasetLabels(ctx, id); err != nil {
		return err
	}
	_, err := d.q.DeleteDataset(ctx, id)
	return err
}

func dataset(row db.Dataset, of db.Project) *ownsight.Dataset {
	return &ownsight.Dataset{
		ID: row.ID, ProjectID: row.ProjectID,
		ARN: ownsight.DatasetARN{
			Region: of.Region, Account: of.Account, Project: of.Name, Type: ownsight.DatasetType(row.Type), Created: row.Created,
		},
		Created: fromMillis(row.Created), Updated: fromMillis(row.Updated),
		Status: ownsight.DatasetStatus(row.Status), Message: row.Message, Outcome: ownsight.Outcome(row.Outcome),
		Stats: ownsight.DatasetStats{Labeled: row.Labeled, Total: row.Total, Labels: row.Labels, Errors: row.Errors},
	}
}
