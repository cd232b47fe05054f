package sdk

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// TestPagesOfOtherOrigins asks as a browser does whose page uses the AWS SDK.
func TestPagesOfOtherOrigins(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.Endpoint+"/", nil)
	require.NoError(t, err)
	ask.Header.Set("Origin", "https://page.example")
	ask.Header.Set("Access-Control-Request-Method", "POST")
	ask.Header.Set("Access-Control-Request-Headers", "authorization,content-type,x-amz-date,x-amz-target")
	answer, err := http.DefaultClient.Do(ask)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "*", answer.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "POST", answer.Header.Get("Access-Control-Allow-Methods"))
	require.Equal(t, ask.Header.Get("Access-Control-Request-Headers"), answer.Header.Get("Access-Control-Allow-Headers"))

	w := connect(t, s, "default")
	from := func(r *http.Request) { r.Header.Set("Origin", "https://page.example") }
	good := w.call(t, "DescribeProjects", "{}", from)
	good.accepted(t)
	require.Equal(t, "*", good.header.Get("Access-Control-Allow-Origin"))
	require.Empty(t, good.header.Get("Access-Control-Allow-Credentials"))
	w.key.SecretAccessKey = "none"
	bad := w.call(t, "DescribeProjects", "{}", from)
	bad.refused(t, "InvalidSignatureException")
	require.Equal(t, "*", bad.header.Get("Access-Control-Allow-Origin"), "a page must be able to read why")
	require.Empty(t, w.call(t, "DescribeProjects", "{}").header.Get("Access-Control-Allow-Origin"))
}
