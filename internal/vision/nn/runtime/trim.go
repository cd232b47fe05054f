package runtime

import "runtime/debug"

// Trim gives memory that is not used any more back to the operating system: of Go's heap, and of the C library's, which
// keeps what closed sessions had. It takes some milliseconds, so it is for after large work, such as a training.
func Trim() {
	debug.FreeOSMemory()
	trimC()
}
