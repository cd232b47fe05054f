package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const (
	// subnet is that of every test: each has a switch of its own, which no other network reaches.
	subnet = "10.213.77."
	// nobody is a hardware address that no host has.
	nobody = "02:00:00:00:00:00"
	// prefix of the names of namespaces; the number of the test's process follows.
	prefix = "ownsight-cluster-"
)

// network is hosts, namespaces of the kernel, on one switch, in a namespace of its own where the clients are too.
type network struct {
	name string
	next int
}

// host is one namespace.
type host struct {
	net  *network
	ns   string
	ip   string
	port string // of the switch
}

// newNetwork makes a switch without hosts. The test is skipped where the kernel or the user may not.
func newNetwork(t *testing.T) *network {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("a cluster needs network namespaces: apt-get install iproute2")
	}
	sweepNamespaces()
	n := &network{name: prefix + strconv.Itoa(os.Getpid()), next: 10}
	if err := ip("netns", "add", n.name); err != nil {
		t.Skipf("a cluster needs network namespaces, which cannot be made here: %v", err)
	}
	t.Cleanup(func() { _ = ip("netns", "del", n.name) })
	for _, args := range [][]string{
		{"link", "set", "lo", "up"}, {"link", "add", "switch", "type", "bridge"}, {"addr", "add", subnet + "1/24", "dev", "switch"}, {"link", "set", "switch", "up"},
	} {
		if err := ip(append([]string{"-n", n.name}, args...)...); err != nil {
			t.Skipf("a cluster needs virtual switches, which cannot be made here: %v", err)
		}
	}
	return n
}

// host adds one to the switch.
func (n *network) host(t *testing.T, name string) *host {
	t.Helper()
	n.next++
	h := &host{net: n, ns: n.name + "-" + name, ip: subnet + strconv.Itoa(n.next), port: "port" + strconv.Itoa(n.next)}
	require.NoError(t, ip("netns", "add", h.ns))
	t.Cleanup(func() { _ = ip("netns", "del", h.ns) })
	require.NoError(t, ip("link", "add", "eth0", "netns", h.ns, "type", "veth", "peer", "name", h.port, "netns", n.name))
	require.NoError(t, ip("-n", n.name, "link", "set", h.port, "master", "switch", "up"))
	for _, args := range [][]string{{"link", "set", "lo", "up"}, {"addr", "add", h.ip + "/24", "dev", "eth0"}, {"link", "set", "eth0", "up"}} {
		require.NoError(t, ip(append([]string{"-n", h.ns}, args...)...))
	}
	return h
}

// cut lets nothing through between two hosts. Packets vanish, as in a network that is broken: nobody is told.
func (h *host) cut(other *host) error {
	return errors.Join(
		ip("-n", h.ns, "neigh", "replace", other.ip, "lladdr", nobody, "dev", "eth0", "nud", "permanent"),
		ip("-n", other.ns, "neigh", "replace", h.ip, "lladdr", nobody, "dev", "eth0", "nud", "permanent"))
}

// mend undoes cut.
func (h *host) mend(other *host) error {
	return errors.Join(ip("-n", h.ns, "neigh", "del", other.ip, "dev", "eth0"), ip("-n", other.ns, "neigh", "del", h.ip, "dev", "eth0"))
}

// isolate takes a host off the switch, from which nothing comes any more.
func (h *host) isolate() error { return ip("-n", h.net.name, "link", "set", h.port, "nomaster") }

// rejoin undoes isolate.
func (h *host) rejoin() error { return ip("-n", h.net.name, "link", "set", h.port, "master", "switch") }

// processes are the numbers of those that run in a host.
func (h *host) processes() (list []int) {
	out, _ := exec.Command("ip", "netns", "pids", h.ns).Output()
	for _, field := range strings.Fields(string(out)) {
		if pid, err := strconv.Atoi(field); err == nil && pid != os.Getpid() { // a thread of our own may be there still
			list = append(list, pid)
		}
	}
	return list
}

// signal is sent to all of them.
func (h *host) signal(s syscall.Signal) error {
	var errs []error
	for _, pid := range h.processes() {
		errs = append(errs, syscall.Kill(pid, s))
	}
	return errors.Join(errs...)
}

// within runs a function in a namespace: processes that it starts and sockets that it opens belong there.
func within(ns string, f func() error) error {
	result := make(chan error, 1)
	go func() {
		defer close(result)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		file, err := os.Open("/run/netns/" + ns)
		if err != nil {
			result <- err
			return
		}
		err = unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
		file.Close()
		if err == nil {
			err = f()
		}
		result <- err
	}()
	return <-result
}

// dial connects to an address, as a client at the switch.
func (n *network) dial(ctx context.Context, kind, address string) (conn net.Conn, err error) {
	err = within(n.name, func() (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, kind, address)
		return err
	})
	return conn, err
}

func ip(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// sweepNamespaces ends what an earlier test has left that was killed.
func sweepNamespaces() {
	left, _ := filepath.Glob("/run/netns/" + prefix + "*")
	for _, path := range left {
		name := filepath.Base(path)
		owner, _, _ := strings.Cut(strings.TrimPrefix(name, prefix), "-")
		if _, err := os.Stat("/proc/" + owner); err == nil {
			continue
		}
		_ = (&host{ns: name}).signal(syscall.SIGKILL)
		_ = ip("netns", "del", name)
	}
}
