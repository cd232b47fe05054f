package cluster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/guide"
)

const (
	// endpoint is the cluster's one address, behind which the balancer is.
	endpoint = "http://cluster.test"
	// patience is how long a client waits for one answer, as SDKs do: longer than any fault lasts and than a busy machine takes.
	patience = time.Minute
)

// clients are programs' ways to the cluster, as the default account.
type clients struct {
	*rekognition.Client                     // asks again as the SDK does when it is told nothing
	once                *rekognition.Client // asks once
	home, away          *appstream.Client
	guide               guide.Client // for preparations, with S3
	config              aws.Config
	balancer            *balancer
}

func newClients(t *testing.T, c *cluster) clients {
	t.Helper()
	b := newBalancer(c)
	key := c.key(c.first())
	config := aws.Config{Region: home, BaseEndpoint: aws.String(endpoint), HTTPClient: &http.Client{Transport: b, Timeout: patience},
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, "")}
	other := config.Copy()
	other.Region = away
	storage := c.key(c.storages[0])
	bytes := aws.Config{Region: home, BaseEndpoint: &c.storages[0].Endpoint, HTTPClient: c.http,
		Credentials: credentials.NewStaticCredentialsProvider(storage.AccessKeyID, storage.SecretAccessKey, "")}
	k := clients{
		Client: rekognition.NewFromConfig(config),
		once:   rekognition.NewFromConfig(config, func(o *rekognition.Options) { o.Retryer = aws.NopRetryer{} }),
		home:   appstream.NewFromConfig(config), away: appstream.NewFromConfig(other),
		config: config, balancer: b,
	}
	k.guide = guide.Client{Client: k.Client, S3: s3.NewFromConfig(bytes, func(o *s3.Options) { o.UsePathStyle = true })}
	return k
}

// registerDisk gives a disk file in S3 its number, by Ownsight's own operation.
func (k clients) registerDisk(t *testing.T, uri string) string {
	t.Helper()
	payload := fmt.Sprintf(`{"S3Uri": %q, "Platform": "WINDOWS_SERVER_2022"}`, uri)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint+"/", bytes.NewReader([]byte(payload)))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "OwnsightDisks.RegisterDisk")
	key, err := k.config.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	digest := sha256.Sum256([]byte(payload))
	require.NoError(t, v4.NewSigner().SignHTTP(t.Context(), key, r, hex.EncodeToString(digest[:]), "appstream", home, time.Now()))
	answer, err := k.config.HTTPClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode, "%s", body)
	var out struct{ Disk guide.Disk }
	require.NoError(t, json.Unmarshal(body, &out))
	return out.Disk.DiskId
}

// until asks again and again, whatever errors come, until it is answered yes or ctx ends.
func until(ctx context.Context, every time.Duration, ask func(context.Context) bool) bool {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for !ask(ctx) {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
