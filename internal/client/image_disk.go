package client

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

// Disk is a disk file in S3 with the number by which it can be imported.
type Disk struct {
	ID       string    `json:"diskId"` // ami-…
	Name     string    `json:"name,omitempty"`
	Platform string    `json:"platform"`
	URI      string    `json:"s3Uri"`
	Format   string    `json:"format"` // qcow2, vhd or raw
	Size     int64     `json:"size"`   // bytes of the file
	Virtual  int64     `json:"virtualSize"`
	Image    string    `json:"imageArn,omitempty"` // that it was exported from
	Created  time.Time `json:"created"`
}

// wireDisk is a disk as the wire has it.
type wireDisk struct {
	DiskId, Name, Platform, S3Uri, Format, ImageArn string
	Size, VirtualSize                               int64
	CreatedTime                                     float64 // seconds since 1970
}

func (d wireDisk) disk() Disk {
	return Disk{ID: d.DiskId, Name: d.Name, Platform: d.Platform, URI: d.S3Uri, Format: d.Format, Size: d.Size, Virtual: d.VirtualSize,
		Image: d.ImageArn, Created: time.UnixMilli(int64(d.CreatedTime * 1000)).UTC()}
}

// RegisterDisk lets the server check a disk file in S3, s3://BUCKET/KEY, and gives it a number. Name and format may be empty.
func (c *Client) RegisterDisk(ctx context.Context, uri, platform, name, format string) (Disk, error) {
	ask := map[string]string{"S3Uri": uri, "Platform": platform}
	if name != "" {
		ask["Name"] = name
	}
	if format != "" {
		ask["Format"] = format
	}
	var answer struct{ Disk wireDisk }
	err := c.disks(ctx, "RegisterDisk", ask, &answer)
	return answer.Disk.disk(), err
}

// Disks lists the disks of the account in the client's region, the newest first.
func (c *Client) Disks(ctx context.Context) ([]Disk, error) {
	var answer struct{ Disks []wireDisk }
	list := []Disk{}
	err := c.disks(ctx, "DescribeDisks", struct{}{}, &answer)
	for _, d := range answer.Disks {
		list = append(list, d.disk())
	}
	return list, err
}

// DeregisterDisk makes the server forget a disk; its file stays.
func (c *Client) DeregisterDisk(ctx context.Context, id string) error {
	return c.disks(ctx, "DeregisterDisk", map[string]string{"DiskId": id}, &struct{}{})
}

// mostAnswer is how many bytes of an answer are read.
const mostAnswer = 16 << 20

// disks calls one of Ownsight's own operations on disks, for which the AWS SDK has no client: AWS JSON 1.1, signed for
// appstream. What the server refuses is an error like those of the SDK.
func (c *Client) disks(ctx context.Context, operation string, ask, answer any) error {
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "OwnsightDisks."+operation)
	keys, err := c.keys.Retrieve(ctx)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, keys, request, hex.EncodeToString(digest[:]), "appstream", c.Region, time.Now()); err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return refusal(operation, response.Status, text)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("answer to %s: %w", operation, err)
	}
	return nil
}

// refusal makes an error of what the server says instead of an answer.
func refusal(operation, status string, text []byte) error {
	var said struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(text, &said); err != nil || said.Type == "" {
		said.Type = status // not from the service: from a proxy, or a server of another kind
	}
	code := said.Type[strings.LastIndex(said.Type, "#")+1:]
	return &smithy.OperationError{ServiceID: "OwnsightDisks", OperationName: operation,
		Err: &smithy.GenericAPIError{Code: code, Message: cmp.Or(said.Message, code)}}
}
