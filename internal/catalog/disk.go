package catalog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"ownsight"
	"ownsight/internal/disk"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// Platforms are the operating systems that an image may have, in AppStream's words.
var Platforms = []string{
	"WINDOWS", "WINDOWS_SERVER_2016", "WINDOWS_SERVER_2019", "WINDOWS_SERVER_2022", "WINDOWS_SERVER_2025", "WINDOWS_11",
	"AMAZON_LINUX2", "RHEL8", "ROCKY_LINUX8", "UBUNTU_PRO_2404",
}

// Register is what makes a disk of a file in S3.
type Register struct {
	Requester ownsight.Principal // with whose rights the file is read
	Region    string
	At        ownsight.Location
	Name      string
	Platform  string
	Format    disk.Format // empty: what the file says
}

// Register checks a disk file in S3 and gives it a number by which it can be imported. Nothing is copied yet; the import
// takes the very object that was checked. Errors: InvalidParameter (platform), InvalidS3Object (no such file), Incompatible
// (not a whole disk of a format that can be taken, with what is wrong and what helps).
func (s *Service) Register(ctx context.Context, r Register) (ownsight.Disk, error) {
	if !s.places.Has(r.Region) {
		return ownsight.Disk{}, unknown(r.Region)
	}
	if !slices.Contains(Platforms, r.Platform) {
		return ownsight.Disk{}, ownsight.Errorf(ownsight.InvalidParameter, "Platform %q is none of %v.", r.Platform, Platforms)
	}
	client := s.places.as(r.Region, r.Requester)
	at := r.At
	info, err := client.Head(ctx, at.Bucket, at.Key, "")
	if err != nil {
		return ownsight.Disk{}, unreadable(err, at)
	}
	file := &remote{ctx: ctx, client: client, at: at, etag: info.ETag, service: s}
	found, err := disk.Check(ctx, file, info.Size, r.Format)
	if err != nil {
		return ownsight.Disk{}, unfit(err, at)
	}
	d := ownsight.Disk{
		ID: newDiskID(), Account: r.Requester.Account, Region: r.Region, Created: s.now().UTC(), Name: r.Name, Platform: r.Platform,
		At: at, ETag: info.ETag,
		File: ownsight.DiskFile{Format: string(found.Format), Size: info.Size, Virtual: found.VirtualSize},
	}
	return d, s.store.Write(ctx, func(tx *store.Tx) error { return tx.Disks().Create(ctx, d) })
}

// Disks gives the disks of an account in a region, the newest first.
func (s *Service) Disks(ctx context.Context, account, region string) (list []ownsight.Disk, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.Disks().List(ctx, account, region)
		return err
	})
	return list, err
}

// Deregister forgets a disk; its file and the images that were made of it stay. NotFound when there is none.
func (s *Service) Deregister(ctx context.Context, account, region, id string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error { return tx.Disks().Delete(ctx, account, region, id) })
}

// newDiskID gives a number like those of machine images.
func newDiskID() string {
	var b [9]byte
	_, _ = rand.Read(b[:]) // never fails
	return "ami-" + fmt.Sprintf("%x", b)[:17]
}

// remote reads a file in S3 at any place.
type remote struct {
	ctx     context.Context //nolint:containedctx // io.ReaderAt has no other way
	client  *objects.Client
	at      ownsight.Location
	etag    string
	service *Service
}

func (r *remote) ReadAt(p []byte, off int64) (int, error) {
	err := r.service.persist(r.ctx, func(ctx context.Context) error { return r.client.ReadRange(ctx, r.at.Bucket, r.at.Key, r.etag, p, off) })
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// unreadable says that a user's file could not be read, where that is the user's to mend.
func unreadable(err error, at ownsight.Location) error {
	switch {
	case errors.Is(err, objects.ErrNotFound), errors.Is(err, objects.ErrNoBucket):
		return ownsight.Errorf(ownsight.InvalidS3Object, "There is no s3://%s/%s in this region, or the account may not see it.", at.Bucket, at.Key)
	case errors.Is(err, objects.ErrChanged):
		return ownsight.Errorf(ownsight.InvalidS3Object, "s3://%s/%s is another file by now than the one that was registered. Register it again.", at.Bucket, at.Key)
	case objects.Wrong(err):
		return ownsight.Errorf(ownsight.InvalidS3Object, "s3://%s/%s cannot be read: %v.", at.Bucket, at.Key, err)
	}
	return err
}

// unfit says what keeps a file from being taken for a disk.
func unfit(err error, at ownsight.Location) error {
	var wrong *disk.Error
	if errors.As(err, &wrong) {
		return ownsight.Errorf(ownsight.Incompatible, "s3://%s/%s: %s", at.Bucket, at.Key, wrong.Error())
	}
	return unreadable(err, at)
}
