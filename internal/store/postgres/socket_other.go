//go:build !linux

package postgres

import "syscall"

// acknowledged does nothing where only keepalives find out that the other side is gone.
func acknowledged(string, string, syscall.RawConn) error { return nil }
