package appstream

import (
	"context"
	"slices"
	"strconv"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/catalog"
)

// exportPage is how many tasks a page has when it is asked for no number.
const exportPage = 50

func (s Services) createExportImageTask(ctx context.Context, c ownsight.Caller, in *CreateExportImageTaskRequest) (*CreateExportImageTaskResult, error) {
	if err := checkRole(c, *in.IamRoleArn); err != nil {
		return nil, err
	}
	task, err := s.Images.Export(ctx, catalog.Export{
		Image: image(c, *in.ImageName), Name: *in.AmiName, Description: value(in.AmiDescription), Tags: in.TagSpecifications, Requester: c.Principal,
	})
	if err != nil {
		return nil, err
	}
	return &CreateExportImageTaskResult{ExportImageTask: new(describeTask(task))}, nil
}

func (s Services) getExportImageTask(ctx context.Context, c ownsight.Caller, in *GetExportImageTaskRequest) (*GetExportImageTaskResult, error) {
	if in.TaskId == nil {
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "TaskId is missing: CreateExportImageTask gave it, and ListExportImageTasks does.")
	}
	task, err := s.Images.Task(ctx, c.Account, c.Region, *in.TaskId)
	if err != nil {
		return nil, err
	}
	return &GetExportImageTaskResult{ExportImageTask: new(describeTask(task))}, nil
}

func (s Services) listExportImageTasks(ctx context.Context, c ownsight.Caller, in *ListExportImageTasksRequest) (*ListExportImageTasksResult, error) {
	want, err := filter(in.Filters)
	if err != nil {
		return nil, err
	}
	selects := *in
	selects.NextToken, selects.MaxResults = nil, nil
	pages := awswire.PagesOf(c, selects)
	token, size, err := pages.Page(in.NextToken, in.MaxResults, exportPage)
	if err != nil {
		return nil, err
	}
	if size == 0 { // which the model allows
		size = exportPage
	}
	before, _ := strconv.ParseInt(token, 36, 64) // it has a mark of ours
	list, next, err := s.Images.Tasks(ctx, c.Account, c.Region, want, before, size)
	if err != nil {
		return nil, err
	}
	out := &ListExportImageTasksResult{ExportImageTasks: []ExportImageTask{}}
	for _, task := range list {
		out.ExportImageTasks = append(out.ExportImageTasks, describeTask(task))
	}
	if next > 0 {
		out.NextToken = pages.Next(strconv.FormatInt(next, 36))
	}
	return out, nil
}

// filters are what tasks can be selected by.
var filters = map[string]func(ownsight.ImageExport) string{
	"state":    func(t ownsight.ImageExport) string { return string(t.State) },
	"imageArn": func(t ownsight.ImageExport) string { return t.Image.String() },
	"amiName":  func(t ownsight.ImageExport) string { return t.Name },
	"taskId":   func(t ownsight.ImageExport) string { return t.Task },
}

// filter makes one of several filters, all of which a task must pass with one of their values.
func filter(list []Filter) (func(ownsight.ImageExport) bool, error) {
	for _, f := range list {
		if filters[*f.Name] == nil {
			return nil, ownsight.Errorf(ownsight.InvalidParameter, "Filters: there is no filter %q; those that there are: amiName, imageArn, state, taskId.", *f.Name)
		}
	}
	return func(task ownsight.ImageExport) bool {
		for _, f := range list {
			if !slices.Contains(f.Values, filters[*f.Name](task)) {
				return false
			}
		}
		return true
	}, nil
}

func describeTask(t ownsight.ImageExport) ExportImageTask {
	out := ExportImageTask{
		TaskId: &t.Task, ImageArn: new(t.Image.String()), AmiName: &t.Name, CreatedDate: &t.Created, AmiDescription: text(t.Description),
		State: new(ExportImageTaskState(t.State)), AmiId: text(t.Disk), TagSpecifications: t.Tags,
	}
	if t.Failure != "" {
		out.ErrorDetails = []ErrorDetails{{ErrorCode: new("ExportFailed"), ErrorMessage: &t.Failure}}
	}
	return out
}
