package objects_test

import (
	"net/url"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestBoto3(t *testing.T) {
	if err := exec.Command("python3", "-c", "import boto3").Run(); err != nil {
		t.Skipf("needs python3 with boto3: %v", err)
	}
	ann := user(t, first, "ann", ownHome)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	python := exec.CommandContext(t.Context(), "python3", filepath.Join(testdata, "boto3_client.py"),
		address.Port(), "boto3-"+uuid.NewString()[:8], keyOf(ann))
	output, err := python.CombinedOutput()
	require.NoError(t, err, "%s", output)
	t.Logf("%s", output)
}
