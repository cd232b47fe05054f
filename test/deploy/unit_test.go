package deploy

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// TestACrashIsTriedAgain panics as a program under the unit would: not with the status of a wrong configuration, which systemd does
// not try again.
func TestACrashIsTriedAgain(t *testing.T) {
	const crashes = "OWNSIGHT_TEST_CRASHES"
	if os.Getenv(crashes) != "" {
		go func() { panic("as a fault of the program does") }()
		select {}
	}
	t.Parallel()
	b, err := os.ReadFile(filepath.Join(server.Repository(), "deploy", "systemd", "ownsight.service"))
	require.NoError(t, err)
	var final []int
	for _, m := range regexp.MustCompile(`(?m)^RestartPreventExitStatus=(\d+)$`).FindAllStringSubmatch(string(b), -1) {
		status, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		final = append(final, status)
	}
	environ := os.Environ()
	for _, m := range regexp.MustCompile(`(?m)^Environment=(\w+=[^%\n]*)$`).FindAllStringSubmatch(string(b), -1) {
		if !strings.HasPrefix(m[1], "OWNSIGHT_") {
			environ = append(environ, m[1])
		}
	}
	ends := func(environ []string, command ...string) (*os.ProcessState, string) {
		// As LimitCORE=0 of the unit.
		cmd := exec.CommandContext(t.Context(), "bash", append([]string{"-c", `ulimit -c 0 && exec "$0" "$@"`}, command...)...)
		cmd.Env = environ
		out, err := cmd.CombinedOutput()
		require.ErrorAs(t, err, new(*exec.ExitError), "%s", out)
		return cmd.ProcessState, string(out)
	}
	ended, out := ends(append(environ, crashes+"=yes"), os.Args[0], "-test.run=^"+t.Name()+"$")
	require.Contains(t, out, "panic: as a fault of the program does")
	require.NotContains(t, final, ended.ExitCode(), "systemd leaves the server where it is")
	status, is := ended.Sys().(syscall.WaitStatus)
	require.True(t, is && status.Signaled() && status.Signal() == syscall.SIGABRT, "%s", ended)

	ended, out = ends(environ, server.Binary(t), "serve", "--data", t.TempDir(), "--log", "loud")
	require.Contains(t, final, ended.ExitCode(), "a wrong configuration is tried again for ever: %s", out)
}

// TestHealthOfAContainer asks servers with TLS and without as the image does.
func TestHealthOfAContainer(t *testing.T) {
	t.Parallel()
	needs(t, "openssl")
	b, err := os.ReadFile(filepath.Join(server.Repository(), "deploy", "Containerfile"))
	require.NoError(t, err)
	check := regexp.MustCompile(`(?s)\nHEALTHCHECK .*?CMD \["bash", "-c", (".*?")\]\n`).FindSubmatch(b)
	require.NotNil(t, check)
	script, err := strconv.Unquote(string(check[1]))
	require.NoError(t, err)
	healthy := func(address string) bool {
		host, port, _ := strings.Cut(address, ":")
		here := strings.NewReplacer("127.0.0.1:8600", address, "/127.0.0.1/8600", "/"+host+"/"+port).Replace(script)
		require.Equal(t, 2, strings.Count(here, port), "%s", here)
		out, err := exec.CommandContext(t.Context(), "bash", "-c", here).CombinedOutput()
		require.True(t, err == nil || errors.As(err, new(*exec.ExitError)), "%v: %s", err, out)
		return err == nil
	}
	require.False(t, healthy(server.Reserve(t)), "nobody is there")

	plain := server.Start(t)
	require.True(t, healthy(strings.TrimPrefix(plain.Endpoint, "http://")))

	secure, pair := server.New(t), t.TempDir()
	certificate, key := filepath.Join(pair, "tls.crt"), filepath.Join(pair, "tls.key")
	out, err := exec.CommandContext(t.Context(), "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
		"-subj", "/CN=vision.example.org", "-addext", "subjectAltName=DNS:vision.example.org", "-out", certificate, "-keyout", key).CombinedOutput()
	require.NoError(t, err, "%s", out)
	secure.Setenv("OWNSIGHT_TLS_CERT", certificate)
	secure.Setenv("OWNSIGHT_TLS_KEY", key)
	secure.Restart(t)
	require.True(t, healthy(strings.TrimPrefix(secure.Endpoint, "https://")))
	for _, s := range []*server.Server{plain, secure} {
		require.NotContains(t, s.Log(), "handshake", "every question leaves a line in the log")
	}
}
