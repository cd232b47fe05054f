package objects

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// idleConnections is how many connections wait for the next request: as many
// as a training run, the running models and their callers read with at a time.
const idleConnections = 128

// Config names an S3 endpoint.
type Config struct {
	Endpoint  string // http://host:port or https://host; empty: Amazon S3 in Region
	Region    string // of the signature; empty: us-east-1
	AccessKey string
	SecretKey string
	PathStyle bool // http://host/bucket/key; most servers other than Amazon's need it

	// Allow says which account may use which bucket, for all share the one key
	// and nothing else separates them. Nil allows everything to everybody.
	Allow func(account, bucket string) bool
}

// Store gives every account its client. Safe for use by many goroutines.
type Store struct {
	config      Config
	transport   *http.Transport
	credentials func(account string) (accessKey, secret string)

	mutex   sync.Mutex
	clients map[string]*Client // by account
}

// NewStore reaches an S3 server that somebody else runs.
func NewStore(config Config) (*Store, error) {
	if config.AccessKey == "" || config.SecretKey == "" {
		return nil, fmt.Errorf("S3 endpoint %q: access key and secret key are needed", config.Endpoint)
	}
	if config.Endpoint != "" {
		u, err := url.Parse(config.Endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("S3 endpoint %q: want http://host:port or https://host", config.Endpoint)
		}
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	configured := func(string) (string, string) { return config.AccessKey, config.SecretKey }
	return newStore(config, dialer.DialContext, configured), nil
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func newStore(config Config, dial dialFunc, credentials func(string) (string, string)) *Store {
	if config.Region == "" {
		config.Region = defaultRegion
	}
	return &Store{
		config:      config,
		transport:   newTransport(dial),
		credentials: credentials,
		clients:     map[string]*Client{},
	}
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

// Account gives the client that acts for an account. On the embedded server it
// is that account, with its buckets and what policies of other buckets allow
// it; elsewhere it has the configured credentials. Cheap after the first call.
func (s *Store) Account(accountID string) *Client {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	client, found := s.clients[accountID]
	if !found {
		client = s.newClient(s.credentials(accountID))
		if s.config.Allow != nil {
			client.allow = func(bucket string) bool { return s.config.Allow(accountID, bucket) }
		}
		s.clients[accountID] = client
	}
	return client
}

func (s *Store) newClient(accessKey, secret string) *Client {
	api := s3.New(s3.Options{
		Region:       s.config.Region,
		Credentials:  credentials.NewStaticCredentialsProvider(accessKey, secret, ""),
		HTTPClient:   &http.Client{Transport: s.transport},
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
	return &Client{api: api, transfers: transfers, region: s.config.Region}
}

// nonEmpty is nil for the empty string, as the SDK marks what was not set.
func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
