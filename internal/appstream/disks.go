package appstream

import (
	"context"
	"time"

	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/awswire"
	"ownsight/internal/catalog"
	"ownsight/internal/disk"
	"ownsight/internal/objects"
)

// DiskModel has the operations on disk files that images are imported from. AWS has them in EC2; here they are Ownsight's own,
// signed for appstream, in AWS JSON 1.1 with the target OwnsightDisks.OPERATION. docs/images.md describes them.
var DiskModel = awswire.Model{
	Name: "disks", SigningName: "appstream", TargetPrefix: "OwnsightDisks", Fault: "InternalFailure",
	Operations: []*awswire.OperationModel{&opRegisterDisk.OperationModel, &opDescribeDisks.OperationModel, &opDeregisterDisk.OperationModel},
	Statuses:   map[string]int{CodeResourceNotFoundException: 404, CodeIncompatibleImageException: 400},
}

// The structures of the operations. Everything is optional on the wire: nil is absent.
type (
	// Disk is a disk file in S3 with its number.
	Disk struct {
		DiskId      *string // ami-…
		Name        *string
		Platform    *string
		S3Uri       *string
		Format      *string // qcow2, vhd or raw
		Size        *int64  // bytes of the file
		VirtualSize *int64  // bytes that a machine sees
		ImageArn    *string // of the image that it was exported from
		CreatedTime *time.Time
	}

	// RegisterDiskRequest asks for a disk file to be checked and numbered.
	RegisterDiskRequest struct {
		S3Uri    *string
		Platform *string
		Name     *string
		Format   *string
	}
	// RegisterDiskResult has the new disk.
	RegisterDiskResult struct{ Disk *Disk }

	// DescribeDisksRequest asks for the disks of the account in the region.
	DescribeDisksRequest struct{}
	// DescribeDisksResult has them, the newest first, and those that are being written.
	DescribeDisksResult struct {
		Disks   []Disk
		Exports []DiskExport
	}
	// DiskExport is an export task under way.
	DiskExport struct {
		TaskId   *string
		ImageArn *string
		Message  *string // how far it is, as in the StateChangeReason of images
	}

	// DeregisterDiskRequest asks for a disk to be forgotten.
	DeregisterDiskRequest struct{ DiskId *string }
	// DeregisterDiskResult is empty.
	DeregisterDiskResult struct{}
)

var (
	plain      = awswire.Shape{Kind: awswire.String}
	number     = awswire.Shape{Kind: awswire.Long}
	moment     = awswire.Shape{Kind: awswire.Timestamp}
	schemaDisk = awswire.Shape{Kind: awswire.Structure, Members: []awswire.Member{
		{Name: "DiskId", Shape: &plain}, {Name: "Name", Shape: &plain}, {Name: "Platform", Shape: &plain}, {Name: "S3Uri", Shape: &plain},
		{Name: "Format", Shape: &plain}, {Name: "Size", Shape: &number}, {Name: "VirtualSize", Shape: &number},
		{Name: "ImageArn", Shape: &plain}, {Name: "CreatedTime", Shape: &moment},
	}}
	schemaExport = awswire.Shape{Kind: awswire.Structure, Members: []awswire.Member{
		{Name: "TaskId", Shape: &plain}, {Name: "ImageArn", Shape: &plain}, {Name: "Message", Shape: &plain},
	}}
	schemaExports = awswire.Shape{Kind: awswire.List, Item: &schemaExport}
	schemaDisks   = awswire.Shape{Kind: awswire.List, Item: &schemaDisk}
	schemaURI     = awswire.Shape{Kind: awswire.String, Min: new(6.0), Max: new(1100.0)}
	schemaFormat  = awswire.Shape{Kind: awswire.String, Enum: []string{string(disk.Qcow2), string(disk.VHD), string(disk.Raw)}}
	schemaOS      = awswire.Shape{Kind: awswire.String, Enum: catalog.Platforms}
	schemaDiskRef = awswire.Shape{Kind: awswire.String, Pattern: awswire.MustPattern(`^ami-[a-z0-9]{8,17}$`)}

	opRegisterDisk = awswire.Operation[RegisterDiskRequest, RegisterDiskResult]{OperationModel: awswire.OperationModel{
		Name: "RegisterDisk", Errors: []string{CodeResourceNotFoundException, CodeIncompatibleImageException},
		Input: &awswire.Shape{Kind: awswire.Structure, Members: []awswire.Member{
			{Name: "S3Uri", Shape: &schemaURI, Required: true}, {Name: "Platform", Shape: &schemaOS, Required: true},
			{Name: "Name", Shape: &schemaName}, {Name: "Format", Shape: &schemaFormat},
		}},
		Output: &awswire.Shape{Kind: awswire.Structure, Members: []awswire.Member{{Name: "Disk", Shape: &schemaDisk}}},
	}}
	opDescribeDisks = awswire.Operation[DescribeDisksRequest, DescribeDisksResult]{OperationModel: awswire.OperationModel{
		Name: "DescribeDisks", Input: &awswire.Shape{Kind: awswire.Structure},
		Output: &awswire.Shape{Kind: awswire.Structure, Members: []awswire.Member{{Name: "Disks", Shape: &schemaDisks}, {Name: "Exports", Shape: &schemaExports}}},
	}}
	opDeregisterDisk = awswire.Operation[DeregisterDiskRequest, DeregisterDiskResult]{OperationModel: awswire.OperationModel{
		Name: "DeregisterDisk", Errors: []string{CodeResourceNotFoundException},
		Input:  &awswire.Shape{Kind: awswire.Structure, Members: []awswire.Member{{Name: "DiskId", Shape: &schemaDiskRef, Required: true}}},
		Output: &awswire.Shape{Kind: awswire.Structure},
	}}
)

// NewDisks gives the service of disk files as awswire serves it.
func NewDisks(s Services) awswire.Service {
	return awswire.Service{
		Model: &DiskModel,
		Handlers: []awswire.Handler{
			opRegisterDisk.Handle(s.registerDisk), opDescribeDisks.Handle(s.describeDisks), opDeregisterDisk.Handle(s.deregisterDisk),
		},
		MapError: mapError,
		Authorize: func(ctx context.Context, c ownsight.Caller, operation string, _ any) error {
			return s.Access.Authorize(ctx, c, access.Request{Action: "ownsight:" + operation, Resource: "*", Account: c.Account})
		},
	}
}

func (s Services) registerDisk(ctx context.Context, c ownsight.Caller, in *RegisterDiskRequest) (*RegisterDiskResult, error) {
	at, err := objects.ParseURI(*in.S3Uri)
	if err != nil {
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "S3Uri: %v", err)
	}
	d, err := s.Images.Register(ctx, catalog.Register{
		Requester: c.Principal, Region: c.Region, At: ownsight.Location{Bucket: at.Bucket, Key: at.Key},
		Name: value(in.Name), Platform: *in.Platform, Format: disk.Format(value(in.Format)),
	})
	if err != nil {
		return nil, err
	}
	return &RegisterDiskResult{Disk: new(describeDisk(d))}, nil
}

func (s Services) describeDisks(ctx context.Context, c ownsight.Caller, _ *DescribeDisksRequest) (*DescribeDisksResult, error) {
	list, err := s.Images.Disks(ctx, c.Account, c.Region)
	if err != nil {
		return nil, err
	}
	tasks, err := s.Images.Exporting(ctx, c.Account, c.Region)
	out := &DescribeDisksResult{Disks: []Disk{}, Exports: []DiskExport{}}
	for _, d := range list {
		out.Disks = append(out.Disks, describeDisk(d))
	}
	for _, t := range tasks {
		out.Exports = append(out.Exports, DiskExport{TaskId: &t.Task, ImageArn: new(t.Image.String()), Message: text(t.Message)})
	}
	return out, err
}

func (s Services) deregisterDisk(ctx context.Context, c ownsight.Caller, in *DeregisterDiskRequest) (*DeregisterDiskResult, error) {
	return &DeregisterDiskResult{}, s.Images.Deregister(ctx, c.Account, c.Region, *in.DiskId)
}

func describeDisk(d ownsight.Disk) Disk {
	return Disk{
		DiskId: &d.ID, Name: text(d.Name), Platform: &d.Platform, S3Uri: new(objects.URI{Bucket: d.At.Bucket, Key: d.At.Key}.String()),
		Format: &d.File.Format, Size: &d.File.Size, VirtualSize: &d.File.Virtual, ImageArn: text(d.Image), CreatedTime: &d.Created,
	}
}
