package store

import (
	"context"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// Projects reads and writes projects.
type Projects struct{ q *db.Queries }

// ProjectFilter selects projects of one account in one region; members that are empty select all.
type ProjectFilter struct {
	Account, Region string
	Names           []string           // at most 10
	Features        []ownsight.Feature // at most 2, for there are no more
}

// Create adds a project and sets its ID; AlreadyExists when its name is taken in its account and region.
func (p Projects) Create(ctx context.Context, project *ownsight.Project) error {
	id, err := p.q.CreateProject(ctx, db.CreateProjectParams{
		Account: project.ARN.Account, Region: project.ARN.Region, Name: project.ARN.Name, Created: project.ARN.Created,
		Status: string(project.Status), Feature: string(project.Feature), AutoUpdate: project.AutoUpdate,
	})
	if err != nil {
		return taken(err, ownsight.AlreadyExists, "a project named %q exists already", project.ARN.Name)
	}
	project.ID = id
	return nil
}

// ByARN finds a project by name and creation time; NotFound when there is none.
func (p Projects) ByARN(ctx context.Context, arn ownsight.ProjectARN) (*ownsight.Project, error) {
	project, err := p.ByName(ctx, arn.Account, arn.Region, arn.Name)
	if err == nil && project.ARN.Created != arn.Created {
		return nil, ownsight.Errorf(ownsight.NotFound, "there is no project %s", arn)
	}
	return project, err
}

// ByName finds a project by name; NotFound when there is none.
func (p Projects) ByName(ctx context.Context, account, region, name string) (*ownsight.Project, error) {
	row, err := p.q.GetProject(ctx, db.GetProjectParams{Account: account, Region: region, Name: name})
	if err != nil {
		return nil, found(err, "there is no project %q in %s", name, region)
	}
	return project(row), nil
}

// List gives the projects after a cursor, the newest first, and where the next page starts.
func (p Projects) List(ctx context.Context, f ProjectFilter, after Cursor, limit int) ([]ownsight.Project, Cursor, error) {
	names, err := padded(f.Names, maxNames)
	if err != nil {
		return nil, Cursor{}, err
	}
	features, err := padded(f.Features, 2)
	if err != nil {
		return nil, Cursor{}, err
	}
	from := after.below()
	rows, err := p.q.ListProjects(ctx, db.ListProjectsParams{
		Account: f.Account, Region: f.Region, Created: from.Created, ID: from.ID,
		AnyName: len(f.Names) == 0,
		Name1:   names[0], Name2: names[1], Name3: names[2], Name4: names[3], Name5: names[4],
		Name6: names[5], Name7: names[6], Name8: names[7], Name9: names[8], Name10: names[9],
		AnyFeature: len(f.Features) == 0, Feature1: features[0], Feature2: features[1],
		Count: int32(limit) + 1,
	})
	list := make([]ownsight.Project, len(rows))
	for i, row := range rows {
		list[i] = *project(row)
	}
	list, next := page(list, limit, func(p ownsight.Project) Cursor { return Cursor{p.ARN.Created, p.ID} })
	return list, next, err
}

// Count tells how many projects an account has in a region.
func (p Projects) Count(ctx context.Context, account, region string) (int64, error) {
	return p.q.CountProjects(ctx, db.CountProjectsParams{Account: account, Region: region})
}

// Move changes the status of a project if it is the one expected, and reports whether it was.
func (p Projects) Move(ctx context.Context, id int64, from, to ownsight.ProjectStatus) (bool, error) {
	n, err := p.q.MoveProject(ctx, db.MoveProjectParams{Next: string(to), ID: id, Status: string(from)})
	return n == 1, err
}

// Delete removes a project; InUse while it has datasets or versions, and no error when it is gone already.
func (p Projects) Delete(ctx context.Context, id int64) error {
	n, err := p.q.DeleteProject(ctx, id)
	if err != nil || n == 1 {
		return err
	}
	left, err := p.q.ProjectExists(ctx, id)
	if err == nil && left > 0 {
		return ownsight.Errorf(ownsight.InUse, "the project still has datasets or model versions")
	}
	return err
}

func project(row db.Project) *ownsight.Project {
	return &ownsight.Project{
		ID:      row.ID,
		ARN:     projectARN(row),
		Created: fromMillis(row.Created), Status: ownsight.ProjectStatus(row.Status), Feature: ownsight.Feature(row.Feature),
		AutoUpdate: row.AutoUpdate,
	}
}

func projectARN(row db.Project) ownsight.ProjectARN {
	return ownsight.ProjectARN{Region: row.Region, Account: row.Account, Name: row.Name, Created: row.Created}
}
