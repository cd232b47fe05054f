package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// Disks reads and writes disk files that have a number, and the tasks that make them of images.
type Disks struct{ q *db.Queries }

// Create adds a disk.
func (d Disks) Create(ctx context.Context, disk ownsight.Disk) error {
	return d.q.CreateDisk(ctx, db.CreateDiskParams{
		ID: disk.ID, Account: disk.Account, Region: disk.Region, Created: millis(disk.Created), Name: disk.Name, Platform: disk.Platform,
		Bucket: disk.At.Bucket, Object: disk.At.Key, Etag: disk.ETag,
		Format: disk.File.Format, Size: disk.File.Size, Virtual: disk.File.Virtual, Image: disk.Image,
	})
}

// ByID finds a disk of an account in a region; NotFound when there is none.
func (d Disks) ByID(ctx context.Context, account, region, id string) (ownsight.Disk, error) {
	row, err := d.q.FindDisk(ctx, db.FindDiskParams{ID: id, Account: account, Region: region})
	return disk(row), found(err, "There is no disk %s in %s. `ownsight image register` gives disks their number.", id, region)
}

// List gives the disks of an account in a region, the newest first.
func (d Disks) List(ctx context.Context, account, region string) ([]ownsight.Disk, error) {
	rows, err := d.q.ListDisks(ctx, db.ListDisksParams{Account: account, Region: region})
	list := make([]ownsight.Disk, len(rows))
	for i, row := range rows {
		list[i] = disk(row)
	}
	return list, err
}

// Delete forgets a disk, not its file; NotFound when there is none.
func (d Disks) Delete(ctx context.Context, account, region, id string) error {
	n, err := d.q.DeleteDisk(ctx, db.DeleteDiskParams{ID: id, Account: account, Region: region})
	if err == nil && n == 0 {
		return ownsight.Errorf(ownsight.NotFound, "There is no disk %s in %s.", id, region)
	}
	return err
}

// CreateExport adds an export task and sets its ID.
func (d Disks) CreateExport(ctx context.Context, e *ownsight.ImageExport) error {
	tags, err := json.Marshal(e.Tags)
	if err != nil {
		return fmt.Errorf("tags of an export: %w", err)
	}
	e.ID, err = d.q.CreateImageExport(ctx, db.CreateImageExportParams{
		Task: e.Task, Account: e.Account, Region: e.Region, Image: e.Image.String(), Created: millis(e.Created), State: string(e.State),
		Name: e.Name, Description: e.Description, Tags: string(tags), Message: e.Message, ContentID: number(e.Content),
		Format: e.File.Format, Size: e.File.Size, Virtual: e.File.Virtual, Platform: e.Platform, Requester: e.Requester.User,
	})
	return err
}

// Export finds an export task of an account in a region by its UUID; NotFound when there is none.
func (d Disks) Export(ctx context.Context, account, region, task string) (ownsight.ImageExport, error) {
	row, err := d.q.FindImageExport(ctx, db.FindImageExportParams{Task: task, Account: account, Region: region})
	if err != nil {
		return ownsight.ImageExport{}, found(err, "There is no export task %s in %s.", task, region)
	}
	return export(row)
}

// ExportByID finds an export task by its row number; NotFound when there is none.
func (d Disks) ExportByID(ctx context.Context, id int64) (ownsight.ImageExport, error) {
	row, err := d.q.GetImageExport(ctx, id)
	if err != nil {
		return ownsight.ImageExport{}, found(err, "There is no export task with number %d.", id)
	}
	return export(row)
}

// Exports gives the export tasks of an account in a region, the newest first, before a row number; 0 is the start.
func (d Disks) Exports(ctx context.Context, account, region string, before int64, limit int) ([]ownsight.ImageExport, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	rows, err := d.q.ListImageExports(ctx, db.ListImageExportsParams{Account: account, Region: region, Before: before, Count: int32(limit)})
	if err != nil {
		return nil, err
	}
	list := make([]ownsight.ImageExport, len(rows))
	for i, row := range rows {
		if list[i], err = export(row); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// CountExports tells how many export tasks of an account in a region are in a state.
func (d Disks) CountExports(ctx context.Context, account, region string, state ownsight.ImageExportState) (int64, error) {
	return d.q.CountImageExportsInState(ctx, db.CountImageExportsInStateParams{Account: account, Region: region, State: string(state)})
}

// SetExportMessage says how far a task is.
func (d Disks) SetExportMessage(ctx context.Context, id int64, message string) error {
	return d.q.SetImageExportMessage(ctx, db.SetImageExportMessageParams{Message: message, ID: id})
}

// EndExport records how a task ended: with the number of a disk, or why it failed. Its content is not held any more.
func (d Disks) EndExport(ctx context.Context, id int64, state ownsight.ImageExportState, disk, failure string) error {
	return d.q.EndImageExport(ctx, db.EndImageExportParams{State: string(state), Disk: disk, Failure: failure, ID: id})
}

func disk(row db.Disk) ownsight.Disk {
	return ownsight.Disk{
		ID: row.ID, Account: row.Account, Region: row.Region, Created: fromMillis(row.Created), Name: row.Name, Platform: row.Platform,
		At: ownsight.Location{Bucket: row.Bucket, Key: row.Object}, ETag: row.Etag,
		File: ownsight.DiskFile{Format: row.Format, Size: row.Size, Virtual: row.Virtual}, Image: row.Image,
	}
}

func export(row db.ImageExport) (ownsight.ImageExport, error) {
	e := ownsight.ImageExport{
		ID: row.ID, Task: row.Task, Account: row.Account, Region: row.Region, Created: fromMillis(row.Created),
		State: ownsight.ImageExportState(row.State), Name: row.Name, Description: row.Description, Disk: row.Disk, Message: row.Message, Failure: row.Failure,
		Content: row.ContentID.Int64, File: ownsight.DiskFile{Format: row.Format, Size: row.Size, Virtual: row.Virtual},
		Platform: row.Platform, Requester: ownsight.Principal{Account: row.Account, User: row.Requester},
	}
	var err error
	if e.Image, err = ownsight.ParseImageARN(row.Image); err != nil {
		return e, fmt.Errorf("image of export %d: %w", row.ID, err)
	}
	if err = json.Unmarshal([]byte(row.Tags), &e.Tags); err != nil {
		return e, fmt.Errorf("tags of export %d: %w", row.ID, err)
	}
	return e, nil
}
