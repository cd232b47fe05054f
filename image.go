package ownsight

import (
	"fmt"
	"regexp"
	"time"
)

// ImageARN is arn:aws:appstream:REGION:ACCOUNT:image/NAME. A public base image belongs to nobody: its account is empty.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonappstream2.0.html
type ImageARN struct{ Region, Account, Name string }

func (a ImageARN) String() string {
	return fmt.Sprintf("arn:%s:appstream:%s:%s:image/%s", Partition, a.Region, a.Account, a.Name)
}

var imageARN = regexp.MustCompile(`^arn:[a-z\d-]+:appstream:([a-z\d-]+):(\d{12})?:image/([a-zA-Z0-9][a-zA-Z0-9_.\-]{0,100})$`)

// ParseImageARN reads an image's ARN; anything else is an InvalidParameter error.
func ParseImageARN(s string) (ImageARN, error) {
	m := imageARN.FindStringSubmatch(s)
	if m == nil {
		return ImageARN{}, Errorf(InvalidParameter, "%q is not the ARN of an image", s)
	}
	return ImageARN{Region: m[1], Account: m[2], Name: m[3]}, nil
}

// ImageState is where an image is in its life.
type ImageState string

// The states that AppStream names.
const (
	ImagePending    ImageState = "PENDING"    // made of another image, waiting
	ImageImporting  ImageState = "IMPORTING"  // its disk is being taken in
	ImageValidating ImageState = "VALIDATING" // and is checked
	ImageCopying    ImageState = "COPYING"    // from another region or name
	ImageAvailable  ImageState = "AVAILABLE"
	ImageFailed     ImageState = "FAILED"
	ImageDeleting   ImageState = "DELETING"
)

// Settled reports whether nothing is in progress on an image.
func (s ImageState) Settled() bool { return s == ImageAvailable || s == ImageFailed }

// Image is a disk with what is known of it, in one region. Its bytes are those of Content.
type Image struct {
	ID      int64 // row number in the store
	ARN     ImageARN
	Created time.Time
	State   ImageState
	Reason  ImageReason
	Details ImageDetails
	Content int64 // row number of its bytes; 0 while it has none
	Source  int64 // content in another region or of another image that it is copied from; 0 for none
	Sharers int64 // accounts that it is shared with
	// Requester is with whose rights S3 is read while the image is imported.
	Requester Principal
}

// ImageReason says why an image is in its state, or how far it is. Code is empty unless something failed.
type ImageReason struct {
	Code    string // such as IMAGE_COPY_FAILURE
	Message string
}

// ImageDetails are the facts of an image that nothing is looked up by.
type ImageDetails struct {
	DisplayName   string             `json:"displayName,omitempty"`
	Description   string             `json:"description,omitempty"`
	Platform      string             `json:"platform,omitempty"`
	Base          string             `json:"base,omitempty"` // ARN of the image that it was made of
	AgentVersion  string             `json:"agentVersion,omitempty"`
	InstanceType  string             `json:"instanceType,omitempty"` // that it was meant for, from its import
	Applications  []ImageApplication `json:"applications,omitempty"`
	Released      int64              `json:"released,omitempty"` // of a public image: epoch milliseconds
	Disk          DiskFile           `json:"disk"`
	CopiedFrom    string             `json:"copiedFrom,omitempty"`    // ARN of the source of a copy
	Source        *DiskSource        `json:"source,omitempty"`        // of an import
	FailureMoment int64              `json:"failureMoment,omitempty"` // epoch milliseconds
}

// DiskSource is the file that an image was imported from, with the number that it had.
type DiskSource struct {
	ID     string `json:"id"` // ami-…
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	ETag   string `json:"etag"`
}

// ImageApplication is a program on an image, as its import named it.
type ImageApplication struct {
	Name             string `json:"name"`
	DisplayName      string `json:"displayName,omitempty"`
	Path             string `json:"path"`
	Icon             string `json:"icon,omitempty"`
	Manifest         string `json:"manifest,omitempty"`
	WorkingDirectory string `json:"workingDirectory,omitempty"`
	Parameters       string `json:"parameters,omitempty"`
}

// DiskFile is what is known of the file of a disk.
type DiskFile struct {
	Format  string `json:"format"`  // qcow2, vhd or raw
	Size    int64  `json:"size"`    // bytes of the file
	Virtual int64  `json:"virtual"` // bytes that a machine sees
}

// Disk is a disk file in S3 that has been checked and given a number, ami-…, by which it can be imported.
type Disk struct {
	ID       string // ami- and 17 hexadecimal digits
	Account  string
	Region   string
	Created  time.Time
	Name     string
	Platform string
	At       Location
	ETag     string // of the object that was checked; another one is not imported
	File     DiskFile
	Image    string // ARN of the image that it was exported from; empty for one that was registered
}

// ImagePermission is what an account that an image is shared with may do.
type ImagePermission struct {
	Account                  string
	AllowFleet, AllowBuilder bool
}

// ImageExportState is where an export task is.
type ImageExportState string

// The states of export tasks that are used.
const (
	ImageExporting    ImageExportState = "EXPORTING"
	ImageExported     ImageExportState = "COMPLETED"
	ImageExportFailed ImageExportState = "FAILED"
)

// ImageExport is a task that writes an image's disk to S3 and gives it a new number.
type ImageExport struct {
	ID          int64  // row number in the store
	Task        string // UUID
	Account     string
	Region      string
	Image       ImageARN
	Created     time.Time
	State       ImageExportState
	Name        string // AmiName
	Description string
	Tags        map[string]string
	Disk        string // ami-… when it is done
	Message     string // how far it is
	Failure     string
	Content     int64
	File        DiskFile
	Platform    string
	Requester   Principal
}

// Chunk is a piece of the bytes of disks in one region: an object named by its SHA-256.
type Chunk struct {
	ID     int64 // row number in the store; 0 for a hole, which is all zeros and not kept
	Digest [32]byte
	Size   int64 // bytes
	Stored bool  // the object is there
}
