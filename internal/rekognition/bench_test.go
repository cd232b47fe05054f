package rekognition

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/access"
	"ownsight/internal/awswire"
	"ownsight/internal/jobs"
	"ownsight/internal/model"
	"ownsight/internal/store"
	"ownsight/internal/store/sqlite"
)

// keys shows access to the verifier.
type keys struct{ *access.Service }

func (k keys) Key(ctx context.Context, id string) (awswire.Key, error) {
	key, err := k.Service.Key(ctx, id)
	return awswire.Key{AccessKey: key}, err
}

// BenchmarkDescribeProjects tells what the wire adds to a call: signature, decoding, validation, authorisation, encoding.
// "service" is the call of the service alone, "root" and "user" are the whole way but the network, as the account's root
// and as a user with a policy. All read 10 projects from SQLite.
func BenchmarkDescribeProjects(b *testing.B) {
	db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "state.db"))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	queue, err := jobs.New(db, jobs.Options{Node: "bench", Queues: map[string]int{model.Queue: 1}})
	require.NoError(b, err)
	accounts := access.New(db, time.Now)
	models := model.New(model.Config{Store: db, Jobs: queue, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	root, err := accounts.CreateAccount(b.Context(), ownsight.DefaultAccount)
	require.NoError(b, err)
	ann := ownsight.AccessKey{Principal: ownsight.Principal{Account: root.Account, User: "ann"}, ID: "AKIAANN", Secret: "secret"}
	require.NoError(b, accounts.CreateUser(b.Context(), ann.Principal))
	require.NoError(b, accounts.PutPolicy(b.Context(), ann.Principal, "p", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["rekognition:Describe*","rekognition:List*"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}}]}`))
	require.NoError(b, db.Write(b.Context(), func(tx *store.Tx) error { return tx.Accounts().AddKey(b.Context(), ann, time.Now()) }))
	caller := ownsight.Caller{Principal: root.Principal, Region: ownsight.DefaultRegion}
	for i := range 10 {
		_, err := models.CreateProject(b.Context(), caller, fmt.Sprintf("p%d", i), ownsight.CustomLabels, "", nil)
		require.NoError(b, err)
	}
	handler := awswire.NewHandler(awswire.Config{
		Services: []awswire.Service{New(Services{Access: accounts, Models: models, Rates: NewRates(ownsight.Limits{})})},
		Verifier: awswire.NewVerifier(keys{accounts}, time.Now), Logger: slog.New(slog.DiscardHandler),
	})
	b.Run("service", func(b *testing.B) {
		f := store.ProjectFilter{Account: root.Account, Region: ownsight.DefaultRegion, Features: []ownsight.Feature{ownsight.CustomLabels}}
		for b.Loop() {
			list, _, err := models.Projects(b.Context(), f, "", pageSize)
			require.NoError(b, err)
			require.Len(b, list, 10)
		}
	})
	for name, key := range map[string]ownsight.AccessKey{"root": root, "user": ann} {
		b.Run(name, func(b *testing.B) {
			r := describeProjects(b, key)
			for b.Loop() {
				r.Body = io.NopCloser(strings.NewReader("{}"))
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				require.Equal(b, http.StatusOK, w.Code)
			}
		})
	}
}

// describeProjects is a signed request.
func describeProjects(b *testing.B, key ownsight.AccessKey) *http.Request {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "http://127.0.0.1:8600/", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "RekognitionService.DescribeProjects")
	sum := sha256.Sum256([]byte("{}"))
	err := v4.NewSigner().SignHTTP(b.Context(), aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}, r, hex.EncodeToString(sum[:]), "rekognition", ownsight.DefaultRegion, time.Now())
	require.NoError(b, err)
	return r
}
