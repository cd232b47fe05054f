package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"

	"ownsight"
)

// ImageWords describe an image to people; nil where nothing is said.
type ImageWords struct{ DisplayName, Description *string }

// ImportImage begins an image of a disk; SettleImage sees it through.
func (c *Client) ImportImage(ctx context.Context, disk, name string, words ImageWords) (Image, error) {
	made, err := c.images.CreateImportedImage(ctx, &appstream.CreateImportedImageInput{
		Name: &name, SourceAmiId: &disk, DisplayName: words.DisplayName, Description: words.Description})
	if err != nil {
		return Image{}, err
	}
	return imageFrom(made.Image)
}

// CopyImage begins a copy of an image of the account's under a name in a region, which may be the client's own;
// SettleImage sees it through. Without a description the copy has that of the image.
func (c *Client) CopyImage(ctx context.Context, name, region, as string, description *string) (Image, error) {
	_, err := c.images.CopyImage(ctx, &appstream.CopyImageInput{
		SourceImageName: &name, DestinationRegion: &region, DestinationImageName: &as, DestinationImageDescription: description})
	if err != nil {
		return Image{}, err
	}
	arn := ownsight.ImageARN{Region: region, Account: c.Account, Name: as}
	return Image{Name: as, ARN: arn.String(), Region: region, Owner: c.Account, State: string(types.ImageStateCopying)}, nil
}

// UpdateImage makes an image of another one that the service would have updated (CreateUpdatedImage); SettleImage sees it through.
func (c *Client) UpdateImage(ctx context.Context, name, as string, words ImageWords) (Image, error) {
	made, err := c.images.CreateUpdatedImage(ctx, &appstream.CreateUpdatedImageInput{ExistingImageName: &name, NewImageName: &as,
		NewImageDisplayName: words.DisplayName, NewImageDescription: words.Description})
	if err != nil {
		return Image{}, err
	}
	return imageFrom(made.Image)
}

// SettleImage waits until nothing is in progress on an image, in whatever region it is. One that failed is an error with
// the reason.
func (c *Client) SettleImage(ctx context.Context, image Image, follow func(Progress)) (Image, error) {
	var stage string
	err := c.watch(ctx, func() (bool, error) {
		_, now, err := c.describeImage(ctx, image.Region, image.Name)
		if err != nil {
			return false, err
		}
		image = now
		if ownsight.ImageState(image.State).Settled() {
			return true, nil
		}
		p := imageProgress(cmp.Or(image.Message, image.State))
		stage = p.What
		follow(p)
		return false, nil
	})
	switch {
	case err != nil:
		return image, err
	case image.State != string(types.ImageStateAvailable):
		return image, fmt.Errorf("%s in %s is %s: %s", image.Name, image.Region, image.State, image.Message)
	case stage != "":
		follow(Progress{What: stage}) // all of it is done: there is nothing to count any more
	}
	return image, nil
}

// ExportImage begins to write the disk of an image to S3; SettleExport sees it through.
func (c *Client) ExportImage(ctx context.Context, name, diskName string) (task string, err error) {
	role := fmt.Sprintf("arn:%s:iam::%s:role/ownsight", ownsight.Partition, c.Account) // which must be named; the caller's rights count
	made, err := c.images.CreateExportImageTask(ctx, &appstream.CreateExportImageTaskInput{ImageName: &name, AmiName: &diskName, IamRoleArn: &role})
	if err != nil {
		return "", err
	}
	return aws.ToString(made.ExportImageTask.TaskId), nil
}

// SettleExport waits until a task has ended and gives the disk that it made.
func (c *Client) SettleExport(ctx context.Context, task string, follow func(Progress)) (Disk, error) {
	var now *types.ExportImageTask
	err := c.watch(ctx, func() (bool, error) {
		found, err := c.images.GetExportImageTask(ctx, &appstream.GetExportImageTaskInput{TaskId: &task})
		if err != nil {
			return false, err
		}
		now = found.ExportImageTask
		if now.State != types.ExportImageTaskStateExporting {
			return true, nil
		}
		message, err := c.exportMessage(ctx, task)
		follow(imageProgress(cmp.Or(message, "Exporting")))
		return false, err
	})
	if err != nil {
		return Disk{}, err
	}
	if now.State != types.ExportImageTaskStateCompleted {
		return Disk{}, fmt.Errorf("the export is %s: %s", now.State, whyFailed(now.ErrorDetails))
	}
	disks, err := c.Disks(ctx)
	if err != nil {
		return Disk{}, err
	}
	for _, d := range disks {
		if d.ID == aws.ToString(now.AmiId) {
			return d, nil
		}
	}
	return Disk{}, errors.New("the disk that was exported is deregistered already")
}

// Export is a task that writes the disk of an image to S3.
type Export struct {
	Task    string    `json:"taskId"`
	Image   string    `json:"imageArn"`
	Name    string    `json:"amiName"`
	Disk    string    `json:"amiId,omitempty"` // once it is COMPLETED
	State   string    `json:"state"`
	Error   string    `json:"error,omitempty"`
	Created time.Time `json:"created"`
}

// Exports lists the account's exports in the client's region.
func (c *Client) Exports(ctx context.Context) ([]Export, error) {
	list := []Export{}
	ask := &appstream.ListExportImageTasksInput{}
	for {
		page, err := c.images.ListExportImageTasks(ctx, ask)
		if err != nil {
			return nil, err
		}
		for _, t := range page.ExportImageTasks {
			list = append(list, Export{Task: aws.ToString(t.TaskId), Image: aws.ToString(t.ImageArn), Name: aws.ToString(t.AmiName),
				Disk: aws.ToString(t.AmiId), State: string(t.State), Error: whyFailed(t.ErrorDetails), Created: aws.ToTime(t.CreatedDate)})
		}
		if ask.NextToken = page.NextToken; ask.NextToken == nil {
			return list, nil
		}
	}
}

func whyFailed(details []types.ErrorDetails) string {
	var why []string
	for _, e := range details {
		why = append(why, aws.ToString(e.ErrorMessage))
	}
	return strings.Join(why, "; ")
}

// exportMessage says how far a task under way is; AWS has no member for that.
func (c *Client) exportMessage(ctx context.Context, task string) (string, error) {
	var answer struct {
		Exports []struct{ TaskId, Message string }
	}
	err := c.disks(ctx, "DescribeDisks", struct{}{}, &answer)
	for _, e := range answer.Exports {
		if e.TaskId == task {
			return e.Message, err
		}
	}
	return "", err
}

// patience is for how long a server that does not answer is asked again: it may be starting anew, and goes on then.
const patience = time.Minute

// watch polls what takes hours, through times in which no server answers.
func (c *Client) watch(ctx context.Context, ask func() (done bool, err error)) error {
	var since time.Time // of silence
	return poll(ctx, func() (bool, error) {
		done, err := ask()
		switch {
		case err == nil:
			since = time.Time{}
			return done, nil
		case !unanswered(err) || ctx.Err() != nil:
			return false, err
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > patience:
			return false, fmt.Errorf("no answer from %s for %v; what was begun goes on when the server does (%w)", c.Endpoint, patience, err)
		}
		return false, nil
	})
}

// unanswered reports whether no server, or only a proxy before it, has answered a call.
func unanswered(err error) bool {
	r, is := errors.AsType[*awshttp.ResponseError](err)
	if !is {
		return false
	}
	switch r.HTTPStatusCode() {
	case 0, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// imageProgress reads an image's message, such as "Copying: 1.2 GiB of 10 GiB (12 %), 240 MiB/s, 37s left". What comes
// before the colon and the size of the whole name the stage; the share is counted in percent.
func imageProgress(message string) (p Progress) {
	verb, rest, _ := strings.Cut(message, ": ")
	p.What = strings.ToLower(verb)
	var details []string
	for part := range strings.SplitSeq(rest, ", ") {
		if done, whole, is := strings.Cut(part, " of "); is {
			whole, share, _ := strings.Cut(whole, " (")
			if n, _ := fmt.Sscanf(share, "%d %%)", &p.Done); n == 1 {
				p.Done, p.Total = min(max(p.Done, 0), 100), 100
				p.What += " " + whole
				part = done
			}
		}
		if left, is := strings.CutSuffix(part, " left"); is {
			p.Left, _ = time.ParseDuration(left)
			continue
		}
		details = append(details, part)
	}
	if p.Total == 0 && rest != "" {
		return Progress{What: p.What + ": " + rest}
	}
	p.Detail = strings.Join(details, ", ")
	return p
}
