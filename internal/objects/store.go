package objects

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ownsight"
)

// idleConnections is how many connections wait for the next request: as many
// as a training run, the running models and their callers read with at a time.
const idleConnections = 128

// Key is a pair of credentials.
type Key struct{ ID, Secret string }

// Config names an S3 server that somebody else runs.
type Config struct {
	Endpoint  string // http://host:port or https://host; empty: Amazon S3 in Region
	Region    string // of the signature; empty: us-east-1
	PathStyle bool   // http://host/bucket/key; most servers other than Amazon's need it

	// Keys are the credentials of accounts, by their number. The server sees no
	// more of a caller, so an account without a key reaches nothing there.
	Keys map[string]Key
	// Archive is the bucket of [ownsight.SystemAccount], whoever's key could
	// reach it. Empty: no bucket is kept apart.
	Archive string
	// Rights are those of users, asked before every request. Nil: they have none.
	Rights Rights
}

// Store gives every principal its client. Safe for use by many goroutines.
type Store struct {
	config    Config
	transport *http.Transport
	key       func(ownsight.Principal) Key
	permit    func(ownsight.Principal) permit // nil where the server judges by itself
	seals     bool                            // as its clients do
}

// NewStore reaches an S3 server that somebody else runs.
func NewStore(config Config) (*Store, error) {
	for account, key := range config.Keys {
		if key.ID == "" || key.Secret == "" {
			return nil, fmt.Errorf("S3 endpoint %q: account %s needs an access key and a secret key", config.Endpoint, account)
		}
	}
	if len(config.Keys) == 0 {
		return nil, fmt.Errorf("S3 endpoint %q: no account has a key", config.Endpoint)
	}
	if config.Endpoint != "" {
		u, err := url.Parse(config.Endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("S3 endpoint %q: want http://host:port or https://host", config.Endpoint)
		}
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	s := newStore(config, dialer.DialContext)
	s.key = func(p ownsight.Principal) Key { return config.Keys[p.Account] }
	s.permit = config.permit
	return s, nil
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func newStore(config Config, dial dialFunc) *Store {
	if config.Region == "" {
		config.Region = defaultRegion
	}
	return &Store{config: config, transport: newTransport(dial)}
}

func newTransport(dial dialFunc) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dial,
		MaxIdleConns:          idleConnections,
		MaxIdleConnsPerHost:   idleConnections,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		ReadBufferSize:        64 << 10,
		WriteBufferSize:       64 << 10,
		DisableCompression:    true, // pictures and weights do not shrink
		ForceAttemptHTTP2:     true,
	}
}

// As gives a client that acts for a principal: with its account's buckets and
// what policies allow it, as S3 would judge its own requests. Ten microseconds;
// connections are shared, so that there is nothing to keep.
func (s *Store) As(p ownsight.Principal) *Client {
	client := s.newClient(s.key(p))
	if s.permit != nil {
		client.permit = s.permit(p)
	}
	return client
}

func (s *Store) newClient(key Key) *Client {
	api := s3.New(s3.Options{
		Region:       s.config.Region,
		Credentials:  credentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""),
		HTTPClient:   &http.Client{Transport: watchful{s.transport}},
		UsePathStyle: s.config.PathStyle,
		BaseEndpoint: nonEmpty(s.config.Endpoint),
		// Checksums in trailers are what other servers most often refuse;
		// without TLS the signature covers a SHA-256 of the body anyway.
		RequestChecksumCalculation:  aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation:  aws.ResponseChecksumValidationWhenRequired,
		DisableS3ExpressSessionAuth: aws.Bool(true),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = 3, 300*time.Millisecond // jobs wait longer by themselves
		}),
	})
	transfers := transfermanager.New(api, func(o *transfermanager.Options) {
		o.Concurrency = 4
		o.FailTimeout = 10 * time.Second // to abort the upload after the caller has gone
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	})
	return &Client{api: api, transfers: transfers, region: s.config.Region, seals: s.seals}
}

// nonEmpty is nil for the empty string, as the SDK marks what was not set.
func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
