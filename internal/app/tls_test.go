package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/config"
)

// issue writes a certificate for a name and gives its DER form.
func issue(t *testing.T, files config.TLS, name string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	write := func(path, kind string, b []byte) {
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600))
	}
	write(files.Cert, "CERTIFICATE", der)
	write(files.Key, "PRIVATE KEY", private)
	return der
}

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	files := config.TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	_, err := openCertificate(files, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "cert.pem")
	first := issue(t, files, "first")
	c, err := openCertificate(files, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	served := func() []byte {
		pair, err := c.get(nil)
		require.NoError(t, err)
		return pair.Certificate[0]
	}
	later := func(paths ...string) {
		for _, path := range paths {
			require.NoError(t, os.Chtimes(path, time.Time{}, time.Now().Add(time.Minute)))
		}
	}
	require.Equal(t, first, served())

	second := issue(t, files, "second")
	later(files.Cert, files.Key)
	require.Equal(t, second, served())
	require.NoError(t, os.WriteFile(files.Key, []byte("half of a ke"), 0o600))
	require.Equal(t, second, served(), "the other half is still on its way")
	require.NoError(t, os.Remove(files.Key))
	require.Equal(t, second, served())
	third := issue(t, files, "third")
	require.Equal(t, third, served())
}
