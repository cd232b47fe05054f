package runtime

// #include <malloc.h>
import "C"

func trimC() { C.malloc_trim(0) }
