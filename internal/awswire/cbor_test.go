package awswire_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"

	"ownsight/internal/awswire"
)

func TestCBORIsRefusedInItsOwnWords(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/service/PhotonAdminProxyService/operation/CopyImage", nil)
	require.False(t, awswire.IsCBOR(r), "a bucket may be named service")
	r.Header.Set("smithy-protocol", "rpc-v2-cbor")
	require.True(t, awswire.IsCBOR(r))
	w := httptest.NewRecorder()
	awswire.RefuseCBOR(w, r)
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Equal(t, "rpc-v2-cbor", w.Header().Get("smithy-protocol"))
	require.Equal(t, "application/cbor", w.Header().Get("Content-Type"))
	var body map[string]string
	require.NoError(t, cbor.Unmarshal(w.Body.Bytes(), &body))
	require.Equal(t, "UnknownOperationException", body["__type"])
	require.Equal(t, "CopyImage is not served by this version of Ownsight.", body["message"])
}
