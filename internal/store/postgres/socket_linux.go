package postgres

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// acknowledged ends a connection whose other side has not acknowledged what was sent for too long, tcp(7).
func acknowledged(network, _ string, c syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
