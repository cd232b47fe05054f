// Package client is what the commands do: a program of the AWS wire like any other, through the AWS SDK. It talks to
// Ownsight, and would talk to AWS.
package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"ownsight"
)

// Target says which server to talk to and as whom.
type Target struct {
	Endpoint string // http://HOST:PORT; empty takes AWS_ENDPOINT_URL, else DefaultEndpoint
	Data     string // the server's data folder, whose keys are used; empty takes the keys of the AWS variables, else DefaultData
	Profile  string // a profile of those keys; empty takes AWS_PROFILE, else default
	Region   string // empty takes that of the profile
}

// Where `ownsight serve` listens and keeps its keys unless told otherwise.
const (
	DefaultEndpoint = "http://127.0.0.1:8600"
	DefaultData     = "ownsight-data"
)

// Client speaks to one server as one account.
type Client struct {
	rek    *rekognition.Client
	images *appstream.Client
	s3     *s3.Client
	sts    *sts.Client

	keys     aws.CredentialsProvider
	Endpoint string
	Region   string
	Chosen   bool   // the region is the one that the target names, not the profile's
	Data     string // the folder that the keys came from; empty for the AWS variables and files
	Profile  string // of that folder
	Account  string // twelve digits
}

// Connect makes a client and checks that the server answers to its key.
func Connect(ctx context.Context, t Target) (*Client, error) {
	c := &Client{
		Endpoint: strings.TrimRight(cmp.Or(t.Endpoint, os.Getenv("AWS_ENDPOINT_URL"), DefaultEndpoint), "/"),
		Data:     t.Data,
		Profile:  cmp.Or(t.Profile, os.Getenv("AWS_PROFILE"), "default"),
	}
	if c.Data == "" && os.Getenv("AWS_ACCESS_KEY_ID") == "" && os.Getenv("AWS_SHARED_CREDENTIALS_FILE") == "" {
		if _, err := os.Stat(filepath.Join(DefaultData, "credentials")); err == nil {
			c.Data = DefaultData
		}
	}
	loaded, err := c.load(ctx, t)
	if err != nil {
		return nil, err
	}
	c.Region, c.Chosen, c.keys = loaded.Region, t.Region != "", loaded.Credentials
	c.rek = rekognition.NewFromConfig(loaded)
	c.images = appstream.NewFromConfig(loaded)
	c.sts = sts.NewFromConfig(loaded)
	c.s3 = s3.NewFromConfig(loaded, func(o *s3.Options) { o.UsePathStyle = true })
	return c, c.check(ctx)
}

// load reads keys and region, from the data folder where there is one.
func (c *Client) load(ctx context.Context, t Target) (aws.Config, error) {
	options := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithBaseEndpoint(c.Endpoint),
		awsconfig.WithLogger(logging.Nop{}),                         // what matters comes back as an error
		awsconfig.WithEC2IMDSClientEnableState(imds.ClientDisabled), // no network but the server's
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns, t.MaxIdleConnsPerHost = mostFlying, mostFlying // none is made anew for a picture
			t.WriteBufferSize = 64 << 10                                   // a picture is sent in few system calls
		})),
	}
	if c.Data != "" {
		file := filepath.Join(c.Data, "credentials")
		if _, err := os.Stat(file); err != nil {
			return aws.Config{}, fmt.Errorf("the data folder %s holds no keys; name the folder that the server was started with (%w)", c.Data, err)
		}
		options = append(options,
			awsconfig.WithSharedCredentialsFiles([]string{file}),
			awsconfig.WithSharedConfigFiles([]string{filepath.Join(c.Data, "config")}),
			awsconfig.WithSharedConfigProfile(c.Profile)) // named, so that it comes before keys in variables
	} else if t.Profile != "" {
		options = append(options, awsconfig.WithSharedConfigProfile(t.Profile))
	}
	loaded, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if _, ok := errors.AsType[awsconfig.SharedConfigProfileNotExistError](err); ok && c.Data != "" {
		return loaded, fmt.Errorf("there is no profile %q in %s; name another with --profile, or make an account with `ownsight account create`",
			c.Profile, filepath.Join(c.Data, "credentials"))
	}
	loaded.Region = cmp.Or(t.Region, loaded.Region, ownsight.DefaultRegion)
	return loaded, err
}

// check turns the commonest troubles into advice, and learns the account.
func (c *Client) check(ctx context.Context) error {
	probe, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(probe, http.MethodGet, c.Endpoint+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("endpoint %q: %w", c.Endpoint, err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("no server answers at %s; start one with `ownsight serve`, or name it with --endpoint (%w)", c.Endpoint, errors.Unwrap(err))
	}
	answer.Body.Close()
	if _, err := c.keys.Retrieve(ctx); err != nil {
		return fmt.Errorf("there are no keys for the server at %s; name its data folder with --data (%s is not there, and the AWS variables and files hold none)",
			c.Endpoint, filepath.Join(DefaultData, "credentials"))
	}
	who, err := c.sts.GetCallerIdentity(ctx, nil)
	if err != nil {
		return fmt.Errorf("the server at %s does not accept the keys of %s; name its data folder with --data: %w",
			c.Endpoint, cmp.Or(c.Data, "the AWS variables and files"), err)
	}
	c.Account = aws.ToString(who.Account)
	return nil
}

// Explain turns the error of a call into what people need of it: what the server says, not how the SDK got there.
func Explain(err error) string {
	text := err.Error()
	operation, isCall := errors.AsType[*smithy.OperationError](err)
	fault, isFault := errors.AsType[smithy.APIError](err)
	if !isCall || !isFault {
		return text
	}
	said := fault.ErrorMessage()
	if said == "" {
		said = fault.ErrorCode()
	}
	return strings.Replace(text, operation.Error(), fmt.Sprintf("%s (%s)", said, operation.Operation()), 1)
}

// poll asks again and again, ever slower up to half a second, until done or an error.
func poll(ctx context.Context, ask func() (done bool, err error)) error {
	for wait := 20 * time.Millisecond; ; wait = min(wait*2, 500*time.Millisecond) {
		done, err := ask()
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// isA reports whether err is the AWS exception E.
func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
