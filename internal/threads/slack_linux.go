package threads

/*
#include <sys/prctl.h>

// Go's watch over its threads sleeps for 20 microseconds at a time while functions outside Go run for long, as those that look at
// pictures do: with 50 more of slack, the kernel's usual, that makes thousands of wakings a second, each of which takes the core from a
// picture. A millisecond of slack is enough for all that this program waits for. A thread has the slack of the one that
// made it, so it is set before Go makes any.
__attribute__((constructor)) static void slacken(void) { prctl(PR_SET_TIMERSLACK, 1000000UL, 0UL, 0UL, 0UL); }
*/
import "C"
