// Package server gives black-box tests the program itself: built once for each test process (with the race detector
// where the tests have it), started on a folder of its own, killed, stopped and started again as an operator would.
package server
