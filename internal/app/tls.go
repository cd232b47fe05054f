package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"ownsight/internal/config"
)

// certificate is the server's own, read again when its files change, so that a new one needs no restart.
type certificate struct {
	files config.TLS
	log   *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	stamp  [2]time.Time // of both files when they were read
}

// openCertificate reads the files of the configuration.
func openCertificate(files config.TLS, log *slog.Logger) (*certificate, error) {
	c := &certificate{files: files, log: log}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return c, nil
}

func (c *certificate) read() error {
	stamp, err := c.stamps()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	if err != nil {
		return err
	}
	c.loaded, c.stamp = &pair, stamp
	return nil
}

func (c *certificate) stamps() (at [2]time.Time, err error) {
	for i, path := range []string{c.files.Cert, c.files.Key} {
		info, err := os.Stat(path)
		if err != nil {
			return at, err
		}
		at[i] = info.ModTime()
	}
	return at, nil
}

// get gives the certificate for a handshake. Files that cannot be used, such as one of two that has been replaced, leave
// the one before in place.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if stamp, err := c.stamps(); err != nil || stamp != c.stamp {
		if err := c.read(); err != nil {
			c.log.Warn("the certificate is not renewed", "error", err)
		}
	}
	return c.loaded, nil
}

// settings are those of the listener: TLS 1.2 and what Go takes to be safe.
func (c *certificate) settings() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}

// authorities are those that other nodes' certificates are held against: the system's and those of a file, which is read again
// when it changes.
type authorities struct {
	file string
	log  *slog.Logger

	mu     sync.Mutex
	loaded *x509.CertPool
	stamp  time.Time // of the file when it was read
}

// openAuthorities reads a file of certificates.
func openAuthorities(file string, log *slog.Logger) (*authorities, error) {
	a := &authorities{file: file, log: log}
	if err := a.read(); err != nil {
		return nil, fmt.Errorf("tls.ca: %w", err)
	}
	return a, nil
}

func (a *authorities) read() error {
	info, err := os.Stat(a.file)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(a.file)
	if err != nil {
		return err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return err
	}
	if !pool.AppendCertsFromPEM(text) {
		return errors.New(a.file + " has no certificate in PEM form")
	}
	a.loaded, a.stamp = pool, info.ModTime()
	return nil
}

// pool gives the authorities for a handshake. A file that cannot be used leaves those before in place.
func (a *authorities) pool() *x509.CertPool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if info, err := os.Stat(a.file); err != nil || info.ModTime() != a.stamp {
		if err := a.read(); err != nil {
			a.log.Warn("the authorities that nodes trust are not renewed", "error", err)
		}
	}
	return a.loaded
}
