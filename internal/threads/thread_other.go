//go:build !linux

package threads

import "time"

// lower does nothing where threads have no priority of their own.
func lower(int) {}

func lowerOthers(map[int]bool, int) {}

func threadID() int { return 0 }

var began = time.Now()

// threadTime is the time that has passed, where threads have no clock of their own.
func threadTime() time.Duration { return time.Since(began) }
