// Package server gives black-box tests the program itself, with the race detector where the tests have it: built once by
// `make test`, otherwise once for each test process. It is started on a folder of its own, killed, stopped and started again
// as an operator would.
package server
