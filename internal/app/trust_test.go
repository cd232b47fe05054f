package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/cluster"
	"ownsight/internal/config"
	"ownsight/internal/store/postgres"
	"ownsight/internal/store/postgres/pgtest"
)

// authority signs certificates, as one of a company does that no system knows.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{certificate, key}
}

// write puts the authority's certificate where `tls.ca` names it.
func (a authority) write(t *testing.T, file string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}), 0o600))
}

// sign makes a certificate for 127.0.0.1.
func (a authority) sign(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	of := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "node"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, of, a.certificate, &key.PublicKey, a.key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestNodesTrustAnAuthorityOfTheirOwn has nodes whose certificates a private authority has signed call each other: with its
// certificate in tls.ca they are answered, without it they are not.
func TestNodesTrustAnAuthorityOfTheirOwn(t *testing.T) {
	signer, url := newAuthority(t), pgtest.URL(t)
	ca := filepath.Join(t.TempDir(), "ca.crt")
	signer.write(t, ca)
	start := func(ca string) *cluster.Cluster {
		state, err := postgres.Open(t.Context(), url)
		require.NoError(t, err)
		t.Cleanup(func() { state.Close() })
		var own *cluster.Cluster
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { own.ServeHTTP(w, r) }))
		server.TLS = &tls.Config{Certificates: []tls.Certificate{signer.sign(t)}}
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo) // of handshakes that are broken off
		server.StartTLS()
		t.Cleanup(server.Close)
		c := config.Default()
		c.Data, c.Advertise, c.TLS.CA = t.TempDir(), server.URL, ca
		own, err = New(c, "test", slog.New(slog.DiscardHandler)).join(t.Context(), state)
		require.NoError(t, err)
		t.Cleanup(func() { own.Close() })
		own.Handle("name", func(context.Context, json.RawMessage, []byte) (any, error) { return own.Name(), nil })
		return own
	}
	ask := func(from, to *cluster.Cluster) (name string, err error) {
		require.Eventually(t, func() bool { return len(from.Live()) == 3 }, time.Minute, 20*time.Millisecond, "it has not heard of the others")
		err = from.Call(t.Context(), to.Name(), "name", nil, nil, &name)
		return name, err
	}
	one, other, stranger := start(ca), start(ca), start("")
	for _, pair := range [][2]*cluster.Cluster{{one, other}, {other, one}, {one, stranger}} {
		name, err := ask(pair[0], pair[1])
		require.NoError(t, err)
		require.Equal(t, pair[1].Name(), name)
	}
	_, err := ask(stranger, one)
	require.ErrorIs(t, err, cluster.ErrUnreachable)
	require.ErrorAs(t, err, new(x509.UnknownAuthorityError))

	// The certificate of another authority: what this one has signed is not trusted by connections that are made from now on.
	newAuthority(t).write(t, ca)
	require.NoError(t, os.Chtimes(ca, time.Time{}, time.Now().Add(time.Minute)))
	require.ErrorAs(t, func() error { _, err := ask(other, stranger); return err }(), new(x509.UnknownAuthorityError))
}

func TestFilesOfAuthorities(t *testing.T) {
	file, log := filepath.Join(t.TempDir(), "ca.crt"), slog.New(slog.DiscardHandler)
	_, err := openAuthorities(file, log)
	require.ErrorContains(t, err, "tls.ca")
	require.NoError(t, os.WriteFile(file, []byte("half of a certif"), 0o600))
	_, err = openAuthorities(file, log)
	require.ErrorContains(t, err, "ca.crt has no certificate")

	first, second := newAuthority(t), newAuthority(t)
	first.write(t, file)
	trusted, err := openAuthorities(file, log)
	require.NoError(t, err)
	trusts := func(a authority) bool {
		_, err := a.certificate.Verify(x509.VerifyOptions{Roots: trusted.pool()})
		return err == nil
	}
	later := time.Now()
	change := func(write func()) {
		write()
		later = later.Add(time.Minute)
		require.NoError(t, os.Chtimes(file, time.Time{}, later))
	}
	require.True(t, trusts(first))
	change(func() { require.NoError(t, os.WriteFile(file, []byte("half of a certif"), 0o600)) })
	require.True(t, trusts(first), "the other half is still on its way")
	change(func() { second.write(t, file) })
	require.True(t, trusts(second))
	require.False(t, trusts(first))
}
