package access

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store/sqlite"
)

func service(t *testing.T) (*Service, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return New(s, time.Now), dir
}

func TestFirstStartWritesTheDefaultKeyOnce(t *testing.T) {
	s, dir := service(t)
	require.NoError(t, s.EnsureDefault(t.Context(), dir))
	credentials := read(t, dir, "credentials")
	require.Equal(t, "[default]\nregion = us-east-1\ns3 =\n    signature_version = s3v4\n", read(t, dir, "config"))
	id := strings.TrimPrefix(strings.Split(credentials, "\n")[1], "aws_access_key_id = ")
	key, err := s.Key(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, ownsight.DefaultAccount, key.Account)
	require.True(t, key.IsRoot())
	require.Contains(t, credentials, key.Secret)

	require.NoError(t, s.EnsureDefault(t.Context(), dir))
	require.Equal(t, credentials, read(t, dir, "credentials"))

	// The process died after the account and before the file: the next start still gives the operator a key.
	require.NoError(t, os.Remove(filepath.Join(dir, "credentials")))
	require.NoError(t, s.EnsureDefault(t.Context(), dir))
	require.NotEqual(t, credentials, read(t, dir, "credentials"))
}

func TestProfilesOfOtherAccounts(t *testing.T) {
	s, dir := service(t)
	require.NoError(t, s.EnsureDefault(t.Context(), dir))
	require.NoError(t, s.CreateProfile(t.Context(), dir, "444455556666", "lab"))
	require.Contains(t, read(t, dir, "credentials"), "\n[lab]\naws_access_key_id = AKIA")
	require.Contains(t, read(t, dir, "config"), "\n[profile lab]\nregion = us-east-1\n")

	require.Equal(t, ownsight.AlreadyExists, ownsight.CodeOf(s.CreateProfile(t.Context(), dir, "777788889999", "lab")))
	require.Equal(t, ownsight.AlreadyExists, ownsight.CodeOf(s.CreateProfile(t.Context(), dir, "444455556666", "lab2")))
	require.Equal(t, ownsight.InvalidParameter, ownsight.CodeOf(s.CreateProfile(t.Context(), dir, "4444", "x")))
	require.ErrorContains(t, s.CreateProfile(t.Context(), dir, "777788889999", "a]\n[b"), "profile")
	_, err := s.Key(t.Context(), "AKIANOBODY")
	require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))
}

func TestManyProfilesAtOnceLoseNone(t *testing.T) {
	s, dir := service(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			name := fmt.Sprintf("%012d", i+1)
			assert.NoError(t, s.CreateProfile(t.Context(), dir, name, "p"+name))
			assert.Error(t, s.CreateProfile(t.Context(), dir, name, "q"+name))
		})
	}
	all.Wait()
	require.Equal(t, 20, strings.Count(read(t, dir, "credentials"), "aws_secret_access_key"))
}

func TestAKeyThatNeverReachedTheFileIsReplaced(t *testing.T) {
	s, dir := service(t)
	_, err := s.CreateAccount(t.Context(), "444455556666") // and here the process died
	require.NoError(t, err)
	require.NoError(t, s.CreateProfile(t.Context(), dir, "444455556666", "lab"))
	require.Equal(t, ownsight.AlreadyExists, ownsight.CodeOf(s.CreateProfile(t.Context(), dir, "444455556666", "lab2")))
}

func TestTheSystemsAccountIsNobodys(t *testing.T) {
	s, dir := service(t)
	require.Equal(t, ownsight.InvalidParameter, ownsight.CodeOf(s.CreateProfile(t.Context(), dir, ownsight.SystemAccount, "sys")))
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}
