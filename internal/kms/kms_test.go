package kms

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/streamingaead"

	"ownsight"
)

func TestFind(t *testing.T) {
	_, _, file := newKey(t)
	off := strings.Replace(testARN, "1234abcd", "0ff00000", 1)
	west := strings.Replace(testARN, "us-east-1", "eu-west-1", 1)
	ring, err := Open([]KeyConfig{
		{ARN: testARN, Aliases: []string{"alias/pictures", "alias/team/a_b"}, Keyset: file},
		{ARN: west, Aliases: []string{"alias/pictures"}, Keyset: file},
		{ARN: off, Aliases: []string{"alias/off"}, Keyset: "not/opened", Disabled: true},
	})
	require.NoError(t, err)

	const account, region = "111122223333", "us-east-1"
	for _, id := range []string{
		testARN, "1234abcd-12ab-34cd-56ef-1234567890ab", "alias/pictures", "alias/team/a_b",
		"arn:aws:kms:us-east-1:111122223333:alias/pictures",
	} {
		key, err := ring.Find(account, region, id)
		require.NoError(t, err, id)
		require.Equal(t, testARN, key.ARN())
	}
	key, err := ring.Find(account, "eu-west-1", "alias/pictures")
	require.NoError(t, err)
	require.Equal(t, west, key.ARN())

	for id, want := range map[string]struct {
		code ownsight.Code
		text string
	}{
		"alias/nothing": {ownsight.InvalidParameter, "no key alias/nothing"},
		"ffffffff":      {ownsight.InvalidParameter, "no key ffffffff"},
		"a b":           {ownsight.InvalidParameter, "nor the name"},
		"":              {ownsight.InvalidParameter, "KmsKeyId"},
		"arn:aws:rekognition:us-east-1:111122223333:project/x/1": {ownsight.InvalidParameter, "ARN"},
		west:        {ownsight.InvalidParameter, "another region"},
		off:         {ownsight.InvalidParameter, "disabled"},
		"alias/off": {ownsight.InvalidParameter, off},
		"arn:aws:kms:us-east-1:444455556666:key/1234abcd":        {ownsight.AccessDenied, "another account"},
		"arn:aws:kms:eu-west-1:444455556666:alias/" + "pictures": {ownsight.AccessDenied, "another account"},
	} {
		_, err := ring.Find(account, region, id)
		require.Equal(t, want.code, ownsight.CodeOf(err), id)
		require.ErrorContains(t, err, want.text, id)
	}
	_, err = (&Keyring{}).Find(account, region, testARN)
	require.Equal(t, ownsight.InvalidParameter, ownsight.CodeOf(err))
}

func TestKeyThatIsGoneOrDisabled(t *testing.T) {
	_, key, file := newKey(t)
	stored := seal(t, key, []byte("content"), "b/k")
	disabled, err := Open([]KeyConfig{{ARN: testARN, Keyset: file, Disabled: true}})
	require.NoError(t, err)
	for text, ring := range map[string]*Keyring{"no such key": {}, "is disabled": disabled} {
		_, err := ring.Unseal(bytes.NewReader(stored), "b/k")
		require.Equal(t, ownsight.AccessDenied, ownsight.CodeOf(err))
		require.ErrorContains(t, err, text)
		require.ErrorContains(t, err, testARN)
		got, err := unseal(ring, strings.NewReader("plain"), "b/k")
		require.NoError(t, err)
		require.Equal(t, "plain", string(got))
	}
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		file := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		require.NoError(t, os.Chmod(file, mode))
		return file
	}
	good, err := NewKeyset()
	require.NoError(t, err)
	for file, want := range map[string]string{
		filepath.Join(folder, "nothing"):        "no such file",
		folder:                                  "not a file",
		write("group", string(good), 0o640):     "chmod 600",
		write("world", string(good), 0o604):     "chmod 600",
		write("empty", "", 0o600):               "not a keyset",
		write("text", "secret: hunter2", 0o600): "not a keyset",
		write("large", string(good)+strings.Repeat(" ", maxKeyset), 0o600):               "the most is",
		write("aead", otherKeyset(t, aead.AES256GCMKeyTemplate()), 0o600):                "AES-256-GCM-HKDF",
		write("1mb", otherKeyset(t, streamingaead.AES256GCMHKDF1MBKeyTemplate()), 0o600): "64 KiB",
	} {
		_, err := Open([]KeyConfig{{ARN: testARN, Keyset: file}})
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, file)
		require.ErrorContains(t, err, testARN)
		require.NotContains(t, err.Error(), "hunter2")
	}
	ring, err := Open(nil)
	require.NoError(t, err)
	require.NotNil(t, ring)
}

func otherKeyset(t *testing.T, template *tinkpb.KeyTemplate) string {
	t.Helper()
	handle, err := keyset.NewHandle(template)
	require.NoError(t, err)
	var content bytes.Buffer
	require.NoError(t, insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&content)))
	return content.String()
}

func TestCheckNamesEveryMistake(t *testing.T) {
	err := Check([]KeyConfig{
		{ARN: testARN, Aliases: []string{"alias/a"}, Keyset: "k"},
		{ARN: testARN, Aliases: []string{"alias/a", "b", "alias/aws/rekognition", "alias/c", "alias/c"}},
		{ARN: "arn:aws:kms:us-east-1:111122223333:alias/a", Keyset: "k"},
		{ARN: "arn:aws:kms:mars:111122223333:key/a", Keyset: "k"},
	})
	for _, want := range []string{
		"kms[1].keyset", "kms[1].arn: " + testARN + " is there twice", "kms[1].aliases: alias/a is there twice", `kms[1].aliases: "b"`,
		`kms[1].aliases: "alias/aws/rekognition"`, "kms[1].aliases: alias/c is there twice", "kms[2].arn", "kms[3].arn",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "kms[0]")
	_, err = Open([]KeyConfig{{}})
	require.ErrorContains(t, err, "kms[0].arn")
}

func TestCreateNeverOverwrites(t *testing.T) {
	_, _, file := newKey(t)
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	require.ErrorContains(t, Create(file), "not overwritten")
	dangling := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink("nowhere", dangling))
	require.Error(t, Create(dangling))
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, before, after)
	found, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, found, 1, "nothing is left behind")
}

func TestTheKeyIsNeverPrinted(t *testing.T) {
	_, key, _ := newKey(t)
	for _, verb := range []string{"%v", "%+v", "%s"} {
		require.Equal(t, testARN, fmt.Sprintf(verb, key))
	}
}

func TestRotationsAtTheSameTimeLoseNoKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.json")
	require.NoError(t, Create(file))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := Rotate(file)
			assert.NoError(t, err)
		})
	}
	all.Wait()
	handle, err := readKeyset(file)
	require.NoError(t, err)
	require.Equal(t, 9, handle.Len())
}
