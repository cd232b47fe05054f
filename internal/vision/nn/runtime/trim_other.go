//go:build !linux

package runtime

func trimC() {}
